# SPDX-License-Identifier: ISC
# bash completion for aftercare

_aftercare() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} one= two= name= i w skip=
	local global="--home --patient --passphrase-file --json --quiet --no-color --yes --help --version"
	for ((i = 1; i < COMP_CWORD; i++)); do
		w=${COMP_WORDS[i]}
		if [[ -n $skip ]]; then skip=; continue; fi
		case $w in
		--home|--patient|--passphrase-file) skip=1 ;;
		-*) ;;
		*) if [[ -z $one ]]; then one=$w; elif [[ -z $two ]]; then two=$w; fi ;;
		esac
	done
	case $prev in
	--home) COMPREPLY=($(compgen -d -- "$cur")); return ;;
	--code-file|--ics|--identity|--kit|--new-passphrase-file|--passphrase-file|--sealed-with-file|-o) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	--expires) COMPREPLY=($(compgen -W "24h 7d" -- "$cur")); return ;;
	--for) COMPREPLY=($(compgen -W "15min 1h 8h" -- "$cur")); return ;;
	--format)
		if [[ $one == show ]]; then w="text json"; else w="bundle ndjson"; fi
		COMPREPLY=($(compgen -W "$w" -- "$cur")); return ;;
	--person) COMPREPLY=($(compgen -W "any" -- "$cur")); return ;;
	--stage) COMPREPLY=($(compgen -W "in-treatment off-treatment ongoing relapsed" -- "$cur")); return ;;
	--role) COMPREPLY=($(compgen -W "owner writer reader" -- "$cur")); return ;;
	esac
	if [[ -z $one ]]; then
		COMPREPLY=($(compgen -W "init kit import validate export list find show put edit set rm history diff revert undo log conflicts resolve add attachment plan backup restore verify hub remote sync send receive device invite share join patients status alert passphrase config unlock lock help $global" -- "$cur"))
		return
	fi
	case $one in
	kit) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "check renew" -- "$cur")); return; fi; name="kit $two" ;;
	add) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "lab symptom medication supplement appointment question contact insurance distress weight activity support note" -- "$cur")); return; fi; name="add $two" ;;
	attachment) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "add list get" -- "$cur")); return; fi; name="attachment $two" ;;
	plan) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "templates new show due done skip book stage add change remove exposure update export" -- "$cur")); return; fi; name="plan $two" ;;
	hub) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "init prune" -- "$cur")); return; fi; name="hub $two" ;;
	remote) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "add list remove" -- "$cur")); return; fi; name="remote $two" ;;
	device) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "list invite remove" -- "$cur")); return; fi; name="device $two" ;;
	invite) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "list cancel" -- "$cur")); return; fi; name="invite $two" ;;
	share) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "create list show revoke" -- "$cur")); return; fi; name="share $two" ;;
	alert) if [[ -z $two ]]; then COMPREPLY=($(compgen -W "clear" -- "$cur")); return; fi; name="alert $two" ;;
	help) if [[ $cur != -* ]]; then COMPREPLY=($(compgen -W "init kit import validate export list find show put edit set rm history diff revert undo log conflicts resolve add attachment plan backup restore verify hub remote sync send receive device invite share join patients status alert passphrase config unlock lock help" -- "$cur")); return; fi; name=help ;;
	*) name=$one ;;
	esac
	if [[ $cur != -* ]]; then
		COMPREPLY=($(compgen -f -- "$cur"))
		return
	fi
	case $name in
	"init") COMPREPLY=($(compgen -W "--name --device --kit $global" -- "$cur")) ;;
	"kit check") COMPREPLY=($(compgen -W "--identity $global" -- "$cur")) ;;
	"kit renew") COMPREPLY=($(compgen -W "--kit $global" -- "$cur")) ;;
	"import") COMPREPLY=($(compgen -W "--strict --source --person $global" -- "$cur")) ;;
	"export") COMPREPLY=($(compgen -W "--types --format -o $global" -- "$cur")) ;;
	"list") COMPREPLY=($(compgen -W "--since --until --code --flagged --limit $global" -- "$cur")) ;;
	"find") COMPREPLY=($(compgen -W "--limit $global" -- "$cur")) ;;
	"show") COMPREPLY=($(compgen -W "--version --format $global" -- "$cur")) ;;
	"put") COMPREPLY=($(compgen -W "--force $global" -- "$cur")) ;;
	"edit") COMPREPLY=($(compgen -W "--force $global" -- "$cur")) ;;
	"set") COMPREPLY=($(compgen -W "--force $global" -- "$cur")) ;;
	"log") COMPREPLY=($(compgen -W "--limit --late $global" -- "$cur")) ;;
	"resolve") COMPREPLY=($(compgen -W "--take --edit --force $global" -- "$cur")) ;;
	"add lab") COMPREPLY=($(compgen -W "--on --low --high --lab --code --note --no-input $global" -- "$cur")) ;;
	"add symptom") COMPREPLY=($(compgen -W "--on --until --note --no-input $global" -- "$cur")) ;;
	"add medication") COMPREPLY=($(compgen -W "--since --until --for --by --code --note --no-input $global" -- "$cur")) ;;
	"add supplement") COMPREPLY=($(compgen -W "--since --until --for --discussed --note --no-input $global" -- "$cur")) ;;
	"add appointment") COMPREPLY=($(compgen -W "--with --where --minutes --item --note --no-input $global" -- "$cur")) ;;
	"add question") COMPREPLY=($(compgen -W "--to --note --no-input $global" -- "$cur")) ;;
	"add contact") COMPREPLY=($(compgen -W "--phone --role --call-for --email --where --note --no-input $global" -- "$cur")) ;;
	"add insurance") COMPREPLY=($(compgen -W "--number --plan --from --until --phone --no-input $global" -- "$cur")) ;;
	"add distress") COMPREPLY=($(compgen -W "--on --note --no-input $global" -- "$cur")) ;;
	"add weight") COMPREPLY=($(compgen -W "--on --note --no-input $global" -- "$cur")) ;;
	"add activity") COMPREPLY=($(compgen -W "--on --note --no-input $global" -- "$cur")) ;;
	"add support") COMPREPLY=($(compgen -W "--who --phone --email --group --no-input $global" -- "$cur")) ;;
	"add note") COMPREPLY=($(compgen -W "--on --no-input $global" -- "$cur")) ;;
	"attachment add") COMPREPLY=($(compgen -W "--to --title $global" -- "$cur")) ;;
	"attachment get") COMPREPLY=($(compgen -W "-o $global" -- "$cur")) ;;
	"plan new") COMPREPLY=($(compgen -W "--stage --since --end-of-treatment --exposure $global" -- "$cur")) ;;
	"plan due") COMPREPLY=($(compgen -W "--on $global" -- "$cur")) ;;
	"plan done") COMPREPLY=($(compgen -W "--on --ref $global" -- "$cur")) ;;
	"plan skip") COMPREPLY=($(compgen -W "--why $global" -- "$cur")) ;;
	"plan stage") COMPREPLY=($(compgen -W "--on --template --end-of-treatment $global" -- "$cur")) ;;
	"plan add") COMPREPLY=($(compgen -W "--every --code --from --until --why $global" -- "$cur")) ;;
	"plan change") COMPREPLY=($(compgen -W "--title --every --from --until --why $global" -- "$cur")) ;;
	"plan remove") COMPREPLY=($(compgen -W "--why $global" -- "$cur")) ;;
	"plan book") COMPREPLY=($(compgen -W "--on --with $global" -- "$cur")) ;;
	"plan exposure") COMPREPLY=($(compgen -W "--remove $global" -- "$cur")) ;;
	"plan update") COMPREPLY=($(compgen -W "--dry-run $global" -- "$cur")) ;;
	"plan export") COMPREPLY=($(compgen -W "--ics --titles $global" -- "$cur")) ;;
	"backup") COMPREPLY=($(compgen -W "--to --sealed-with-file --readable --read-only $global" -- "$cur")) ;;
	"restore") COMPREPLY=($(compgen -W "--remote --identity --sealed-with-file --device $global" -- "$cur")) ;;
	"verify") COMPREPLY=($(compgen -W "--identity --sealed-with-file $global" -- "$cur")) ;;
	"send") COMPREPLY=($(compgen -W "--space $global" -- "$cur")) ;;
	"device invite") COMPREPLY=($(compgen -W "--as --role --expires $global" -- "$cur")) ;;
	"share create") COMPREPLY=($(compgen -W "--types --code --since --ref --all --write --no-history --expires --remote $global" -- "$cur")) ;;
	"join") COMPREPLY=($(compgen -W "--device --code-file --name --remote $global" -- "$cur")) ;;
	"passphrase") COMPREPLY=($(compgen -W "--new-passphrase-file --reset --identity $global" -- "$cur")) ;;
	"config") COMPREPLY=($(compgen -W "--unset $global" -- "$cur")) ;;
	"unlock") COMPREPLY=($(compgen -W "--for $global" -- "$cur")) ;;
	*) COMPREPLY=($(compgen -W "$global" -- "$cur")) ;;
	esac
}
complete -o filenames -F _aftercare aftercare
