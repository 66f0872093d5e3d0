"""Shells: the scripts with which bash, zsh and fish complete a command line of doit.

Each asks the doit that is being typed, `doit completion words WORDS…`, and shows what it answers: a candidate a line, with a sentence
behind a tab. A doit that cannot answer says nothing, and files are completed.
"""

from __future__ import annotations

BASH = r"""# Completion of doit for bash. Put into ~/.bashrc: eval "$(doit completion bash)"
_doit_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" words reply kept
    local IFS=$' \t\n'
    read -r -a words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    local current="${words[${#words[@]}-1]}"
    COMPREPLY=()
    while IFS=$'\t' read -r reply _; do
        COMPREPLY+=("$reply")
    done < <("${words[0]}" completion words "${words[@]:1}" 2>/dev/null)
    # bash takes ':' and '=' for ends of words, and only replaces what follows them.
    kept="${current%"${current##*[:=]}"}"
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *= ]] && compopt -o nospace
    return 0
}
complete -o bashdefault -o default -F _doit_completion doit
"""
ZSH = r"""#compdef doit
# Completion of doit for zsh. Put into ~/.zshrc, after compinit: eval "$(doit completion zsh)"
_doit() {
    local line
    local -a found
    for line in "${(@f)$("${words[1]}" completion words "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n "$line" ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (( ${#found} )); then
        _describe -V 'doit' found
    else
        _files
    fi
}
(( $+functions[compdef] )) && compdef _doit doit
"""
FISH = r"""# Completion of doit for fish. Put into ~/.config/fish/config.fish: doit completion fish | source
function __doit_completion
    set -l words (commandline -opc)
    $words[1] completion words $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c doit -a '(__doit_completion)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
