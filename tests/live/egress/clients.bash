#!/usr/bin/env bash
# Real clients, as people call them: no option and no variable that is about a proxy or an authority.
# EGRESS_TOOLS: where Fetch.class and fetch are, compiled before. Run as `clients.bash NAME HOST WORD`,
# natively and inside alike. Each gets https://HOST/WORD/NAME and
# prints the answer ("ok"); those of package tools get their package ("from upstream").
# shellcheck disable=SC2034 # order and own_host are for who sources this
set -uo pipefail

# NAME: the command (or file) it needs.
declare -A needs=(
	[curl]=curl [curl-http1]=curl [curl-h2]=curl [wget]=wget [python]=/usr/bin/python3 [python-requests]=/usr/bin/python3
	[node]=node [node-fetch]=node [perl]=perl [perl-lwp]=perl [php]=php [php-curl]=php [ruby]=ruby
	[openssl]=openssl [gnutls]=gnutls-cli [go]=go [java]=java [java-new]=java [nghttp]=nghttp
	[git]=git [git-push]=git [npm]=npm [pip]=/usr/bin/python3 [go-modules]=go
)
order=(curl curl-http1 curl-h2 wget python python-requests node node-fetch perl perl-lwp php php-curl ruby
	openssl gnutls go java java-new nghttp git git-push npm pip go-modules)
# These speak to a host of their own kind: HOST is not theirs to choose, but for refusals.
declare -A own_host=([git]=git.test [git-push]=git.test [npm]=npm.test [pip]=pip.test [go-modules]=go.test)

lacks() { # lacks NAME: why it cannot run here; nothing if it can
	local need=${needs[$1]}
	command -v "$need" >/dev/null || { echo "$need is not installed"; return; }
	case $1 in
	python-requests) /usr/bin/python3 -c 'import requests' 2>/dev/null || echo "python3-requests is not installed" ;;
	pip) /usr/bin/python3 -m pip --version >/dev/null 2>&1 || echo "python3-pip is not installed" ;;
	perl) perl -MIO::Socket::SSL -e1 2>/dev/null || echo "libio-socket-ssl-perl is not installed" ;;
	perl-lwp) perl -MLWP::Protocol::https -e1 2>/dev/null || echo "liblwp-protocol-https-perl is not installed" ;;
	php-curl) php -r 'exit((int)!function_exists("curl_init"));' || echo "php-curl is not installed" ;;
	curl-h2) curl --version | grep -q HTTP2 || echo "this curl has no HTTP/2" ;;
	go) [ -x "$EGRESS_TOOLS/fetch" ] || echo "the Go program did not build" ;;
	java | java-new) [ -f "$EGRESS_TOOLS/Fetch.class" ] || echo "javac is not installed" ;;
	esac
}

raw_request() { printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" "$1"; }

fetch() { # fetch NAME HOST WORD
	local url=https://$2/$3/$1
	case $1 in
	curl) curl -fsS "$url" ;;
	curl-http1) curl -fsS --http1.1 "$url" ;;
	curl-h2) curl -fsS --http2 -w 'HTTP/%{http_version}\n' "$url" ;;
	wget) wget -q -t 1 -O - "$url" ;;
	python) /usr/bin/python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode(), end="")' "$url" ;;
	python-requests) /usr/bin/python3 -c 'import sys, requests as r
a = r.get(sys.argv[1]); a.raise_for_status(); print(a.text, end="")' "$url" ;;
	node) node -e 'require("https").get(process.argv[1], r => r.pipe(process.stdout))' "$url" ;;
	node-fetch) node -e 'fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t))' "$url" ;;
	perl) perl -MHTTP::Tiny -e '$r = HTTP::Tiny->new(verify_SSL => 1)->get($ARGV[0]); print $r->{content}; exit !$r->{success}' "$url" ;;
	perl-lwp) perl -MLWP::UserAgent -e '$r = LWP::UserAgent->new->get($ARGV[0]); print $r->decoded_content; exit !$r->is_success' "$url" ;;
	php) php -r 'echo file_get_contents($argv[1]);' "$url" ;;
	php-curl) php -r '$c = curl_init($argv[1]); exit((int)!curl_exec($c));' "$url" ;;
	ruby) ruby -ropen-uri -e 'print URI.open(ARGV[0]).read' "$url" ;;
	openssl) raw_request "$2" "/$3/$1" | openssl s_client -quiet -verify_return_error -verify_hostname "$2" -servername "$2" -connect "$2:443" 2>"$HOME/s_client" | tr -d '\r' ;;
	gnutls) { raw_request "$2" "/$3/$1"; sleep 1; } | gnutls-cli --logfile "$HOME/gnutls" "$2" | tr -d '\r' ;;
	go) "$EGRESS_TOOLS/fetch" "$url" ;;
	java) java -Xshare:auto -cp "$EGRESS_TOOLS" Fetch old "$url" ;;
	java-new) java -Xshare:auto -cp "$EGRESS_TOOLS" Fetch new "$url" ;;
	nghttp) nghttp "$url" ;;
	git) git clone -q "https://$2/demo.git" clone && cat clone/README ;;
	git-push)
		git clone -q "https://$2/demo.git" push && cd push && echo second >second && git add second &&
			git -c user.name=n -c user.email=n@x.test commit -q -m second && git push -q origin HEAD:pushed && cat README
		;;
	npm) mkdir npm && cd npm && npm install --no-audit --no-fund --no-update-notifier --fetch-retries 0 --cache "$PWD/cache" --registry "https://$2/" hello >&2 &&
		node -p 'require("hello")' ;;
	pip) /usr/bin/python3 -m pip install -q --disable-pip-version-check --no-cache-dir --no-deps --root-user-action=ignore --retries 0 \
		--index-url "https://$2/simple/" --target pip hello >&2 && PYTHONPATH=pip /usr/bin/python3 -c 'import hello; print(hello.word)' ;;
	go-modules) mkdir mod && cd mod && GOPROXY=https://$2 GOSUMDB=off GOFLAGS=-mod=mod GOPATH=$PWD/path GO111MODULE=on \
		go mod download -modcacherw code.test/hello@v1.0.0 && sed -n 's/.*Word = "\(.*\)"/\1/p' path/pkg/mod/code.test/hello@v1.0.0/hello.go ;;
	*) return 64 ;;
	esac
}

if [ $# = 3 ]; then
	cd "$(mktemp -d "$PWD/$1.XXXXXX")" || exit 1
	fetch "$@"
fi
