#!/bin/sh
# Runs the program that takes the pictures where /home/ana is the home and there is nothing else.
# usage: pictures.sh BUILD FOLDER
set -eu
build=$(realpath "$1") folder=$(realpath "$2")
caps=
[ "$(id -u)" != 0 ] || caps='--cap-add ALL'
# shellcheck disable=SC2086 # two words or none
exec bwrap --dev-bind / / --tmpfs /home --tmpfs /opt --bind "$build" /opt/seldom \
	--bind "$folder" /opt/pictures --dir /home/ana/app --dir /home/ana/notes \
	--perms 0700 --dir /home/ana/.ssh --unshare-uts --hostname laptop.test $caps \
	--clearenv --setenv PATH /usr/bin:/bin:/usr/sbin:/sbin --setenv HOME /home/ana \
	--setenv LC_ALL C.UTF-8 sh -c '
		umask 077
		printf "not a key\n" >/home/ana/.ssh/id_ed25519
		printf "#include <stdio.h>\n\nint main(void)\n{\n\tputs(\"hello\");\n}\n" >/home/ana/app/main.c
		exec /opt/seldom/tests/screen/pictures /opt/seldom/tui/seldom /opt/pictures'
