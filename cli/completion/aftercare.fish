# SPDX-License-Identifier: ISC
# fish completion for aftercare

set -l commands init kit import validate export list find show put edit set rm history diff revert undo log conflicts resolve add attachment plan backup restore verify hub remote sync send receive device invite share join patients status alert passphrase config unlock lock help
set -l none 'not __fish_seen_subcommand_from init kit import validate export list find show put edit set rm history diff revert undo log conflicts resolve add attachment plan backup restore verify hub remote sync send receive device invite share join patients status alert passphrase config unlock lock help'

complete -c aftercare -l home -r -a '(__fish_complete_directories)' -d 'the home'
complete -c aftercare -l patient -r -d 'whose records'
complete -c aftercare -l passphrase-file -r -d 'the passphrase is its first line'
complete -c aftercare -l json -d 'the answer as JSON'
complete -c aftercare -l quiet -d 'no word but errors and the answer'
complete -c aftercare -l no-color -d 'no colours'
complete -c aftercare -l yes -d 'confirm what would be asked'
complete -c aftercare -s h -l help -d 'about a command'

complete -c aftercare -f -n "$none" -a init -d 'make a vault and its recovery kit'
complete -c aftercare -f -n "$none" -a kit -d 'check, renew'
complete -c aftercare -f -n "$none" -a import -d 'take in FHIR JSON, NDJSON, folders, zip files, or -'
complete -c aftercare -f -n "$none" -a validate -d 'check FHIR files without keeping them'
complete -c aftercare -f -n "$none" -a export -d 'write FHIR out'
complete -c aftercare -f -n "$none" -a list -d 'documents, newest first'
complete -c aftercare -f -n "$none" -a find -d 'documents in which all the words occur'
complete -c aftercare -f -n "$none" -a show -d 'one document'
complete -c aftercare -f -n "$none" -a put -d 'store a whole document'
complete -c aftercare -f -n "$none" -a edit -d 'change a document in your editor'
complete -c aftercare -f -n "$none" -a set -d 'change single fields'
complete -c aftercare -f -n "$none" -a rm -d 'delete a document; its history stays'
complete -c aftercare -f -n "$none" -a history -d 'the versions of a document, newest first'
complete -c aftercare -f -n "$none" -a diff -d 'what changed between two versions'
complete -c aftercare -f -n "$none" -a revert -d 'make an earlier version the newest again, or adopt a late one'
complete -c aftercare -f -n "$none" -a undo -d 'take back this device\'s last write; again: the one before'
complete -c aftercare -f -n "$none" -a log -d 'all that was written, newest first; or what removed devices wrote late'
complete -c aftercare -f -n "$none" -a conflicts -d 'conflicts, and what clinicians propose'
complete -c aftercare -f -n "$none" -a resolve -d 'settle a conflict or a proposal'
complete -c aftercare -f -n "$none" -a add -d 'lab, symptom, medication, supplement, appointment, question, contact, insurance, distress, weight, activity, support, note'
complete -c aftercare -f -n "$none" -a attachment -d 'add, list, get'
complete -c aftercare -f -n "$none" -a plan -d 'templates, new, show, due, done, skip, book, stage, add, change, remove, exposure, update, export'
complete -c aftercare -f -n "$none" -a backup -d 'everything in one sealed file'
complete -c aftercare -f -n "$none" -a restore -d 'a working home from a backup or from a hub'
complete -c aftercare -f -n "$none" -a verify -d 'prove this home, or that a backup would restore'
complete -c aftercare -f -n "$none" -a hub -d 'init, prune'
complete -c aftercare -f -n "$none" -a remote -d 'add, list, remove'
complete -c aftercare -f -n "$none" -a sync -d 'exchange with every remote, or one'
complete -c aftercare -f -n "$none" -a send -d 'what the other side may lack, as one sealed file'
complete -c aftercare -f -n "$none" -a receive -d 'take in what somebody sent'
complete -c aftercare -f -n "$none" -a device -d 'list, invite, remove'
complete -c aftercare -f -n "$none" -a invite -d 'list, cancel'
complete -c aftercare -f -n "$none" -a share -d 'create, list, show, revoke'
complete -c aftercare -f -n "$none" -a join -d 'the other side of `device invite` and `share create`'
complete -c aftercare -f -n "$none" -a patients -d 'the people whose records are here'
complete -c aftercare -f -n "$none" -a status -d 'what needs attention'
complete -c aftercare -f -n "$none" -a alert -d 'clear'
complete -c aftercare -f -n "$none" -a passphrase -d 'change the passphrase, or reset it with the recovery kit'
complete -c aftercare -f -n "$none" -a config -d 'small settings, kept sealed'
complete -c aftercare -f -n "$none" -a unlock -d 'do not ask for the passphrase for a while'
complete -c aftercare -f -n "$none" -a lock -d 'ask for the passphrase again'
complete -c aftercare -f -n "$none" -a help -d 'what a command does'
complete -c aftercare -f -n '__fish_seen_subcommand_from kit; and not __fish_seen_subcommand_from check renew' -a check -d 'prove that a printed sheet is the standing kit, without using it'
complete -c aftercare -f -n '__fish_seen_subcommand_from kit; and not __fish_seen_subcommand_from check renew' -a renew -d 'retire the recovery kit for a new one'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a lab -d 'a result: wbc 4.2, hgb 13.5, glucose 5.4 mmol/L, bp 120/80'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a symptom -d 'a symptom, and how strong it is'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a medication -d 'what you take'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a supplement -d 'a supplement; not yet discussed with the care team until --discussed says so'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a appointment -d 'an appointment; --item says which item of the plan it is for'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a question -d 'a question for the care team'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a contact -d 'whom to call'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a insurance -d 'health insurance, and when it is renewed'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a distress -d 'the distress thermometer: 0 none, 10 the most'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a weight -d 'your weight, in kg or lb'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a activity -d 'movement: walking 30'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a support -d 'a person or a group that supports you'
complete -c aftercare -f -n '__fish_seen_subcommand_from add; and not __fish_seen_subcommand_from attachment plan remote lab symptom medication supplement appointment question contact insurance distress weight activity support note' -a note -d 'something to remember'
complete -c aftercare -f -n '__fish_seen_subcommand_from attachment; and not __fish_seen_subcommand_from add list get' -a add -d 'keep a scan or a document'
complete -c aftercare -f -n '__fish_seen_subcommand_from attachment; and not __fish_seen_subcommand_from add list get' -a list -d 'the attachments'
complete -c aftercare -f -n '__fish_seen_subcommand_from attachment; and not __fish_seen_subcommand_from add list get' -a get -d 'bring out an attachment, from a remote if it is not here'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a templates -d 'what a care plan can begin with'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a new -d 'make the care plan'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a show -d 'the care plan: its stage, its items and where each comes from'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a due -d 'what is due, when and why'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a done -d 'note that an item was done'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a skip -d 'leave an item out this time'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a stage -d 'a new stage of treatment'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a add -d 'an item of one\'s own'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a change -d 'change an item of the plan'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a remove -d 'take an item out of the plan'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a book -d 'an appointment for an item, or another time for it'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a exposure -d 'the exposures of the plan and those that the records speak of; add one, change its dose, take it out'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a update -d 'newer editions of the plan\'s templates: what they change, and taking them'
complete -c aftercare -f -n '__fish_seen_subcommand_from plan; and not __fish_seen_subcommand_from templates new show due done skip book stage add change remove exposure update export' -a export -d 'the open dates as a calendar file'
complete -c aftercare -f -n '__fish_seen_subcommand_from hub; and not __fish_seen_subcommand_from init prune' -a init -d 'make a hub in a folder, on a stick or on a server'
complete -c aftercare -f -n '__fish_seen_subcommand_from hub; and not __fish_seen_subcommand_from init prune' -a prune -d 'remove from a hub what owners have closed'
complete -c aftercare -f -n '__fish_seen_subcommand_from remote; and not __fish_seen_subcommand_from add list remove' -a add -d 'name a hub to synchronise with'
complete -c aftercare -f -n '__fish_seen_subcommand_from remote; and not __fish_seen_subcommand_from add list remove' -a list -d 'the hubs, and when each was last reached'
complete -c aftercare -f -n '__fish_seen_subcommand_from remote; and not __fish_seen_subcommand_from add list remove' -a remove -d 'forget a hub; what lies there stays'
complete -c aftercare -f -n '__fish_seen_subcommand_from device; and not __fish_seen_subcommand_from list invite remove' -a list -d 'the devices and carers of this vault'
complete -c aftercare -f -n '__fish_seen_subcommand_from device; and not __fish_seen_subcommand_from list invite remove' -a invite -d 'a code that lets one device join'
complete -c aftercare -f -n '__fish_seen_subcommand_from device; and not __fish_seen_subcommand_from list invite remove' -a remove -d 'end a device\'s membership'
complete -c aftercare -f -n '__fish_seen_subcommand_from invite; and not __fish_seen_subcommand_from list cancel' -a list -d 'the codes that are not used yet'
complete -c aftercare -f -n '__fish_seen_subcommand_from invite; and not __fish_seen_subcommand_from list cancel' -a cancel -d 'make a code worthless'
complete -c aftercare -f -n '__fish_seen_subcommand_from share; and not __fish_seen_subcommand_from create list show revoke' -a create -d 'give a clinician a part of the records'
complete -c aftercare -f -n '__fish_seen_subcommand_from share; and not __fish_seen_subcommand_from create list show revoke' -a list -d 'the shares'
complete -c aftercare -f -n '__fish_seen_subcommand_from share; and not __fish_seen_subcommand_from create list show revoke' -a show -d 'one share'
complete -c aftercare -f -n '__fish_seen_subcommand_from share; and not __fish_seen_subcommand_from create list show revoke' -a revoke -d 'end a share, and list what could be read'
complete -c aftercare -f -n '__fish_seen_subcommand_from alert; and not __fish_seen_subcommand_from clear' -a clear -d 'put an alert away'

complete -c aftercare -n '__fish_seen_subcommand_from init' -l name -r
complete -c aftercare -n '__fish_seen_subcommand_from init' -l device -r
complete -c aftercare -n '__fish_seen_subcommand_from init' -l kit -r
complete -c aftercare -n '__fish_seen_subcommand_from kit; and __fish_seen_subcommand_from check' -l identity -r
complete -c aftercare -n '__fish_seen_subcommand_from kit; and __fish_seen_subcommand_from renew' -l kit -r
complete -c aftercare -n '__fish_seen_subcommand_from import' -l strict
complete -c aftercare -n '__fish_seen_subcommand_from import' -l source -r
complete -c aftercare -n '__fish_seen_subcommand_from import' -l person -r -f -a 'any'
complete -c aftercare -n '__fish_seen_subcommand_from export' -l types -r
complete -c aftercare -n '__fish_seen_subcommand_from export' -l format -r -f -a 'bundle ndjson'
complete -c aftercare -n '__fish_seen_subcommand_from export' -s o -r
complete -c aftercare -n '__fish_seen_subcommand_from list' -l since -r
complete -c aftercare -n '__fish_seen_subcommand_from list' -l until -r
complete -c aftercare -n '__fish_seen_subcommand_from list' -l code -r
complete -c aftercare -n '__fish_seen_subcommand_from list' -l flagged
complete -c aftercare -n '__fish_seen_subcommand_from list' -l limit -r
complete -c aftercare -n '__fish_seen_subcommand_from find' -l limit -r
complete -c aftercare -n '__fish_seen_subcommand_from show' -l version -r
complete -c aftercare -n '__fish_seen_subcommand_from show' -l format -r -f -a 'text json'
complete -c aftercare -n '__fish_seen_subcommand_from put' -l force
complete -c aftercare -n '__fish_seen_subcommand_from edit' -l force
complete -c aftercare -n '__fish_seen_subcommand_from set' -l force
complete -c aftercare -n '__fish_seen_subcommand_from log' -l limit -r
complete -c aftercare -n '__fish_seen_subcommand_from log' -l late
complete -c aftercare -n '__fish_seen_subcommand_from resolve' -l take -r
complete -c aftercare -n '__fish_seen_subcommand_from resolve' -l edit
complete -c aftercare -n '__fish_seen_subcommand_from resolve' -l force
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from lab' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from lab' -l low -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from lab' -l high -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from lab' -l lab -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from lab' -l code -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from lab' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from lab' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from symptom' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from symptom' -l until -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from symptom' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from symptom' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from medication' -l since -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from medication' -l until -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from medication' -l for -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from medication' -l by -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from medication' -l code -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from medication' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from medication' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from supplement' -l since -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from supplement' -l until -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from supplement' -l for -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from supplement' -l discussed -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from supplement' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from supplement' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from appointment' -l with -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from appointment' -l where -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from appointment' -l minutes -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from appointment' -l item -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from appointment' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from appointment' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from question' -l to -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from question' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from question' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from contact' -l phone -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from contact' -l role -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from contact' -l call-for -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from contact' -l email -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from contact' -l where -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from contact' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from contact' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from insurance' -l number -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from insurance' -l plan -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from insurance' -l from -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from insurance' -l until -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from insurance' -l phone -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from insurance' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from distress' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from distress' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from distress' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from weight' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from weight' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from weight' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from activity' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from activity' -l note -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from activity' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from support' -l who -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from support' -l phone -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from support' -l email -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from support' -l group
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from support' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from note' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from add; and __fish_seen_subcommand_from note' -l no-input
complete -c aftercare -n '__fish_seen_subcommand_from attachment; and __fish_seen_subcommand_from add' -l to -r
complete -c aftercare -n '__fish_seen_subcommand_from attachment; and __fish_seen_subcommand_from add' -l title -r
complete -c aftercare -n '__fish_seen_subcommand_from attachment; and __fish_seen_subcommand_from get' -s o -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from new' -l stage -r -f -a 'in-treatment off-treatment ongoing relapsed'
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from new' -l since -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from new' -l end-of-treatment -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from new' -l exposure -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from due' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from done' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from done' -l ref -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from skip' -l why -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from stage' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from stage' -l template -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from stage' -l end-of-treatment -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from add' -l every -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from add' -l code -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from add' -l from -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from add' -l until -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from add' -l why -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from change' -l title -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from change' -l every -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from change' -l from -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from change' -l until -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from change' -l why -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from remove' -l why -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from book' -l on -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from book' -l with -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from exposure' -l remove
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from update' -l dry-run
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from export' -l ics -r
complete -c aftercare -n '__fish_seen_subcommand_from plan; and __fish_seen_subcommand_from export' -l titles
complete -c aftercare -n '__fish_seen_subcommand_from backup' -l to -r
complete -c aftercare -n '__fish_seen_subcommand_from backup' -l sealed-with-file -r
complete -c aftercare -n '__fish_seen_subcommand_from backup' -l readable
complete -c aftercare -n '__fish_seen_subcommand_from backup' -l read-only
complete -c aftercare -n '__fish_seen_subcommand_from restore' -l remote -r
complete -c aftercare -n '__fish_seen_subcommand_from restore' -l identity -r
complete -c aftercare -n '__fish_seen_subcommand_from restore' -l sealed-with-file -r
complete -c aftercare -n '__fish_seen_subcommand_from restore' -l device -r
complete -c aftercare -n '__fish_seen_subcommand_from verify' -l identity -r
complete -c aftercare -n '__fish_seen_subcommand_from verify' -l sealed-with-file -r
complete -c aftercare -n '__fish_seen_subcommand_from send' -l space -r
complete -c aftercare -n '__fish_seen_subcommand_from device; and __fish_seen_subcommand_from invite' -l as -r
complete -c aftercare -n '__fish_seen_subcommand_from device; and __fish_seen_subcommand_from invite' -l role -r -f -a 'owner writer reader'
complete -c aftercare -n '__fish_seen_subcommand_from device; and __fish_seen_subcommand_from invite' -l expires -r -f -a '24h 7d'
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l types -r
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l code -r
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l since -r
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l ref -r
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l all
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l write
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l no-history
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l expires -r -f -a '24h 7d'
complete -c aftercare -n '__fish_seen_subcommand_from share; and __fish_seen_subcommand_from create' -l remote -r
complete -c aftercare -n '__fish_seen_subcommand_from join' -l device -r
complete -c aftercare -n '__fish_seen_subcommand_from join' -l code-file -r
complete -c aftercare -n '__fish_seen_subcommand_from join' -l name -r
complete -c aftercare -n '__fish_seen_subcommand_from join' -l remote -r
complete -c aftercare -n '__fish_seen_subcommand_from passphrase' -l new-passphrase-file -r
complete -c aftercare -n '__fish_seen_subcommand_from passphrase' -l reset
complete -c aftercare -n '__fish_seen_subcommand_from passphrase' -l identity -r
complete -c aftercare -n '__fish_seen_subcommand_from config' -l unset
complete -c aftercare -n '__fish_seen_subcommand_from unlock' -l for -r -f -a '15min 1h 8h'
