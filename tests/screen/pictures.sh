#!/bin/sh
# Runs the program that takes the pictures where /home/ana is the home and there is nothing else.
# usage: pictures.sh BUILD FOLDER
set -eu
build=$(realpath "$1") folder=$(realpath "$2")
caps=
[ "$(id -u)" != 0 ] || caps='--cap-add ALL'
# shellcheck disable=SC2086 # two words or none
exec bwrap --dev-bind / / --tmpfs /home --tmpfs /opt --tmpfs /etc/apt --bind "$build" /opt/seldom \
	--bind "$folder" /opt/pictures --dir /home/ana/app/.git/hooks --dir /home/ana/notes \
	--perms 0700 --dir /home/ana/.ssh --unshare-uts --hostname laptop.test $caps \
	--clearenv --setenv PATH /usr/bin:/bin:/usr/sbin:/sbin --setenv HOME /home/ana \
	--setenv LC_ALL C.UTF-8 sh -c '
		umask 077
		printf "not a key\n" >/home/ana/.ssh/id_ed25519
		printf "#include <stdio.h>\n\nint main(void)\n{\n\tputs(\"hello\");\n}\n" >/home/ana/app/main.c
		printf "ref: refs/heads/main\n" >/home/ana/app/.git/HEAD
		printf "[remote \"origin\"]\n\turl = https://code.test/ana/app.git\n" >/home/ana/app/.git/config
		printf "registry=https://packages.test/\n" >/home/ana/.npmrc
		mkdir -p /home/ana/.local/state /home/ana/.local/used /home/ana/bin
		printf "#!/bin/sh\n" >/home/ana/bin/claude
		chmod 700 /home/ana/bin/claude
		export LD_PRELOAD=/opt/seldom/tests/screen/libpictures-clock.so PATH="/opt/seldom/tui:$PATH:/home/ana/bin"
		exec /opt/seldom/tests/screen/pictures /opt/seldom/tui/seldom /opt/pictures'
