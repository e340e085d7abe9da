# Asks seldom itself what can follow: seldom complete --help
function __seldom
	set -l words (commandline -opc) (commandline -ct)
	for line in (seldom complete $words[2..-1] 2>/dev/null)
		switch $line
			case ':files' ':command'
				__fish_complete_path (commandline -ct)
			case ':dirs'
				__fish_complete_directories (commandline -ct)
			case ':ids *'
				seldom (string split ' ' -- (string sub -s 6 -- $line)) --plain 2>/dev/null | cut -f1
			case '*'
				echo $line
		end
	end
end
complete -c seldom -f -a '(__seldom)'
