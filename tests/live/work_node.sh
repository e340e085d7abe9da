#!/usr/bin/env bash
# node and npm without a network: hundreds of asynchronous writes, installs from local folders, scripts.
. "$(dirname -- "${BASH_SOURCE[0]}")/work/lib.bash"
command -v node >/dev/null || skip_all "node is not installed"

p=$work/pristine
cat >"$p/many.js" <<'JS'
const fs = require("fs/promises"), path = require("path"), net = require("net");
const { execFile } = require("child_process");
(async () => {
	await fs.mkdir("out/deep/er", { recursive: true });
	await Promise.all([...Array(300).keys()].map((i) => fs.writeFile(`out/f${i}`, `${i}\n`)));
	await Promise.all([...Array(100).keys()].map((i) => fs.rename(`out/f${i}`, `out/deep/g${i}`)));
	await fs.cp("out", "copy", { recursive: true });
	await fs.rm("out", { recursive: true });
	console.log((await fs.readdir("copy", { recursive: true })).length);
	const tmp = await fs.mkdtemp("tmp-");
	await fs.rmdir(tmp);
	const server = net.createServer((c) => c.end("hello"));
	await new Promise((r) => server.listen(0, "127.0.0.1", r));
	net.connect(server.address().port, "127.0.0.1").on("data", (d) => {
		console.log(String(d));
		server.close();
	});
	execFile(process.execPath, ["-e", "console.log(6 * 7)"], (e, out) => console.log(e, out.trim()));
})();
JS
echo 'node many.js | sort' >"$work/script"
workload node "$work/script"

if command -v npm >/dev/null; then
	rm -rf "${p:?}"/*
	mkdir -p "$p/app" "$p/lib-a/src" "$p/lib-b"
	echo '{"name":"root","private":true}' >"$p/package.json"
	echo '{"name":"lib-a","version":"1.0.0","main":"src/i.js","bin":{"a-tool":"src/i.js"}}' >"$p/lib-a/package.json"
	printf '#!/usr/bin/env node\nmodule.exports = 41;\nif (require.main === module) console.log("tool");\n' >"$p/lib-a/src/i.js"
	for i in $(seq 100); do echo "// $i" >"$p/lib-a/src/f$i.js"; done
	echo '{"name":"lib-b","version":"2.0.0","main":"i.js"}' >"$p/lib-b/package.json"
	echo 'module.exports = 1;' >"$p/lib-b/i.js"
	echo '{"name":"app","version":"1.0.0","scripts":{"pretest":"a-tool","test":"node t.js"}}' >"$p/app/package.json"
	echo 'console.log(require("lib-a") + require("lib-b"));' >"$p/app/t.js"
	cat >"$work/script" <<'SCRIPT'
set -e
export npm_config_cache=$PWD/cache npm_config_offline=true npm_config_update_notifier=false \
	npm_config_audit=false npm_config_fund=false npm_config_progress=false npm_config_logs_max=0
(cd lib-a && npm pack --silent --pack-destination ..)
cd app
npm install --silent --install-links ../lib-a-1.0.0.tgz ../lib-b
npm test --silent
npm ls --depth=0 | sed 's/@.*//' | tail -n +2
npm uninstall --silent lib-b
rm -rf node_modules
npm ci --silent
ls node_modules
cd .. && rm -rf cache lib-a-1.0.0.tgz
sed -i /integrity/d app/package-lock.json app/node_modules/.package-lock.json # of a tar file with times
SCRIPT
	workload npm "$work/script"
else
	leave_out "npm: not installed"
fi
done_testing
