#!/usr/bin/env bash
# Check a bundle, an exported sheet or a participant's receipt without fieldkit: bash, openssl (1.1.1 or newer), coreutils,
# gzip, sed; age for a sealed bundle.
#
#   verify-by-hand.sh [-i AGE-IDENTITY-FILE] FILE VKEY...
#
# FILE is a bundle (.fkb); a sheet (attendance.csv) beside which its .note lies, and of attendance its .proofs; a receipt,
# a file of receipts, or the text that a scanner read out of a receipt's QR code.
#
# VKEY is a public key as `fieldkit key show` and the trust list write it (name+keyid+base64): take it from head office,
# never from the file. The dates behind a key on the list (from, until, revoked) are no part of it: judge them by eye, by the
# time at which head office cosigned where it did, else by today, and give no key that did not count then. Prints one line a
# session: origin, records, root, who signed, and a cosigner's time. The last line is the
# verdict: `verified` (exit 0), `signer-unknown`, `sealed` or `refused: why` (exit 1), `usage` (exit 2).
#
# A bundle that is sealed to six words is opened first: `age -d -o plain.fkb x.fkb` asks for them on the terminal. Then check
# plain.fkb.
#
# What it checks is docs/bundle-format.md and docs/log-format.md: the archive's own shape, the order of its members, every
# line's index, time and hash, each opening against its record, each attachment against its name, the tree of RFC 6962,
# and the Ed25519 signatures of the checkpoint and of earlier signed ones. Of a receipt: its record's hash, the opening
# against it, the path to the root (RFC 9162, 2.1.3.2), and who signed that root. Of a sheet: its hash, who signed its note,
# that everybody who was there is proved under a root that the note names and the log's own laptop signed, once, and whether
# they are named as in the proof. Times and status on a sheet are proved by no receipt.
#
# Left to the program: the order of keys inside a line and a key that stands there twice; integers between 2^53 and
# 9007999999999999; which of a kind's fields are there; whether a public key is one of the few points for which anybody could
# sign; an empty gzip member in front of the archive; the limits of the whole (1 GiB, 10,000 sessions, 4,096 attachments); who
# was there on a JSON sheet. Which reason stands behind `refused` may differ: several things can be wrong at once.
set -euo pipefail
export LC_ALL=C

refused() { echo "refused: $1"; exit 1; }
usage() { sed -n 's/^#   //p' "$0" >&2; echo usage; exit 2; }

identity=
[ "${1:-}" = -i ] && { [ $# -ge 3 ] || usage; identity=$2; shift 2; }
[ $# -ge 1 ] && [ -f "$1" ] || usage
file=$1; shift
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT

hex() { od -An -v -tx1 | tr -d ' \n'; }
raw() { printf "$(sed 's/../\\x&/g' <<<"$1")"; }
sha() { sha256sum | cut -c1-64; }
size_of() { stat -c %s "$1"; }
# zeros FROM COUNT FILE: these bytes are NUL.
zeros() { [ "$(tail -c +$(($1 + 1)) "$3" | head -c "$2" | tr -d '\0' | wc -c)" = 0 ]; }
# UTF-8 without control characters, byte by byte.
tail_=$'[\x80-\xbf]'
utf8=$'[\x20-\x7f]|[\xc2-\xdf]'$tail_$'|\xe0[\xa0-\xbf]'$tail_$'|[\xe1-\xec\xee\xef]'$tail_$tail_$'|\xed[\x80-\x9f]'$tail_
utf8+=$'|\xf0[\x90-\xbf]'$tail_$tail_$'|[\xf1-\xf3]'$tail_$tail_$tail_$'|\xf4[\x80-\x8f]'$tail_$tail_
is_text() { ! grep -qavE "^($utf8)*\$" "$1"; }

# ---- keys: name+keyid+base64(type, key) ------------------------------------------------------------------------------
declare -A public type_of
names=
for vkey in "$@"; do
    name=${vkey%%+*} rest=${vkey#*+}; id=${rest%%+*} key=$(base64 -d <<<"${rest#*+}" 2>/dev/null | hex || true)
    [ ${#key} = 66 ] || refused "that is no public key: $vkey"
    [ "$({ printf '%s\n' "$name"; raw "$key"; } | sha | cut -c1-8)" = "$id" ] || refused "the id of a key is wrong: $name"
    names+=" $name "
    public[$name+$id]=$dir/key.$id type_of[$name+$id]=${key:0:2}
    raw "302a300506032b6570032100${key:2}" | openssl pkey -pubin -inform DER -out "$dir/key.$id" 2>/dev/null \
        || refused "that is no Ed25519 key: $name"
done

# is_note NOTE MOST: text, an empty line, 1 to 64 signature lines, each once and in the one spelling; at most MOST bytes.
is_note() {
    local line
    [ "$(size_of "$1")" -le "$2" ] || refused "too-long: a note"
    is_text "$1" && [ "$(tail -c 1 "$1" | hex)" = 0a ] && [ "$(sed -n '/^$/=' "$1" | wc -l)" = 1 ] || refused "not-a-note"
    sed '1,/^$/d' "$1" >"$dir/signatures"
    [ -s "$dir/signatures" ] || refused "not-a-note"
    [ "$(wc -l <"$dir/signatures")" -le 64 ] || refused "too-many-signatures"
    [ -z "$(sort "$dir/signatures" | uniq -d)" ] || refused "duplicate-signature"
    while IFS= read -r line; do
        [[ $line =~ ^'— '([^ ]+)' '([A-Za-z0-9+/]+=*)$ ]] || refused "not-a-note"
        [ "$(base64 -d <<<"${BASH_REMATCH[2]}" 2>/dev/null | base64 -w 0)" = "${BASH_REMATCH[2]}" ] || refused "bad-base64"
    done <"$dir/signatures"
}

# signers NOTE [ROLES [MOST]]: prints the names of the given keys that signed it; a bad signature of one of them refuses. ROLES is
# what the names of keys that count for this note look like. MOST bytes the note has at most, else 64 KiB.
signers() {
    local note=$1 line name sig id time text=$dir/text message=$dir/message found= roles=${2:-.}
    is_note "$note" "${3:-65536}"
    sed '/^$/,$d' "$note" >"$text"
    while IFS= read -r line; do
        name=${line#— } sig=${line##* }
        name=${name%% *} sig=$(base64 -d <<<"$sig" | hex)
        id=${sig:0:8} sig=${sig:8}
        [[ -n "${public[$name+$id]:-}" && $name =~ $roles ]] || continue
        cp "$text" "$message"
        time=1
        if [ "${type_of[$name+$id]}" = 04 ]; then   # cosignature/v1: eight bytes of time come first
            time=$(printf %u "0x${sig:0:16}")
            { printf 'cosignature/v1\ntime %s\n' "$time"; cat "$text"; } >"$message"
            sig=${sig:16}
        fi
        raw "$sig" >"$dir/sig"
        openssl pkeyutl -verify -pubin -inkey "${public[$name+$id]}" -rawin -in "$message" -sigfile "$dir/sig" \
            >/dev/null 2>&1 || refused "bad-signature of $name"
        [[ $time =~ ^[1-9][0-9]{0,11}$ && $time -le 253402300799 ]] || refused "bad-time: $name"
        found+=" $name"
        [ "${type_of[$name+$id]}" != 04 ] || found+=" ($(date -u -d "@$time" +%Y-%m-%dT%H:%M:%SZ))"
    done < <(sed '1,/^$/d' "$note")
    echo "$found"
}

# ---- hashes, many at a time: one process a hash would take minutes ---------------------------------------------------
# hashes FOLDER COUNT: SHA-256 (hex) of the files 0, 1, 2… in it, a line each.
hashes() { seq 0 $(($2 - 1)) | sed "s|^|$1/|" | xargs -r sha256sum | cut -c1-64; }

# root FILE SIZE: the root of RFC 6962 over the first SIZE leaf hashes of FILE. Pairs become nodes; an odd last one goes up.
root() {
    local count=$2 work=$dir/nodes pairs one
    head -n "$count" "$1" >"$dir/level"
    while [ "$count" -gt 1 ]; do
        rm -rf "$work"; mkdir "$work"; pairs=0
        while IFS= read -r one; do printf "$one" >"$work/$pairs"; pairs=$((pairs + 1)); done \
            < <(head -n $((count / 2 * 2)) "$dir/level" | paste -d '' - - | sed 's/^/01/; s/../\\x&/g')
        { hashes "$work" "$pairs"; [ $((count % 2)) = 0 ] || tail -n 1 "$dir/level"; } >"$dir/above"
        mv "$dir/above" "$dir/level"; count=$(((count + 1) / 2))
    done
    cat "$dir/level"
}

# lines FILE: every line ends with one newline, is no longer than 8192 bytes and holds no NUL.
lines() {
    [ "$(tail -c 1 "$1" | hex)" = 0a ] || [ ! -s "$1" ] || refused "no-newline"
    [ "$(tr -d '\0' <"$1" | wc -c)" = "$(stat -c %s "$1")" ] || refused "not-canonical: a NUL"
}
# shape FILE [LEVELS]: each line is one JSON object of texts, whole numbers and three words, in UTF-8 with the escapes of
# RFC 8785, of at most LEVELS (8) levels. Keys become \1 and values \2; then the innermost brackets go, once a level.
shape() {
    local number='(0|-?[1-9][0-9]{0,14}|-?[1-8][0-9]{15}|-?900[0-7][0-9]{12})' bad level levels=
    local text=$'"([^"\\\x01-\x1f]|\\\\["\\bfnrt]|\\\\u00(0[1-7bef]|1[0-9a-f]))*"' k=$'\x01' v=$'\x02'
    is_text "$1" || refused "not-utf8 or not-canonical: a control character"
    for ((level = 0; level < ${2:-8}; level++)); do levels+="s/\\{($k:$v(,$k:$v)*)?\\}|\\[($v(,$v)*)?\\]/$v/g;"; done
    bad=$(sed -E "s/\"[a-z][a-z0-9_.]*\":/$k:/g; s/$text/$v/g; s/(true|false|null)/$v/g; s/([][{}:,])$number/\1$v/g; $levels" "$1" \
        | grep -navx "$v" | head -n 1 || true)
    [ -z "$bad" ] || refused "not-canonical, float or depth: line ${bad%%:*}"
    [ "$(cut -c 1 "$1" | grep -cvF '{' || true)" = 0 ] || refused "not-an-object"
}
record='^\{"d":\{.*\},"i":([0-9]+),"k":"([a-z.]+)","m":([0-9]+)(,"p":"([A-Za-z0-9_-]{8})")?,"t":-?[0-9]+(,"x":"([A-Za-z0-9_-]{43})")?\}$'
opening='^\{"i":([0-9]+),"s":"[A-Za-z0-9_-]{22}","x":\{.*\}\}$'
amends='^\{"d":\{("by":"[a-z]*",)?("co":[0-9]+,)?"do":"[a-z]*","ref":\{"i":[0-9]+,"leaf":"[A-Za-z0-9+/=_-]*","o":"([^"\\]+)"\}'
session='^[a-z0-9.-]+/dev/[a-z0-9]{4,12}/[0-9]{6}-[0-9a-hjkmnp-tv-z]{8}$'

# head_of NOTE: origin, size and root of a checkpoint into `origin`, `size`, `top`.
head_of() {
    local more=
    { read -r origin; read -r size; read -r top; read -r more || true; } < <(sed '/^$/,$d' "$1")
    [[ $origin =~ $session && -z ${more:-} ]] || refused "bad-origin"
    [[ $size =~ ^[1-9][0-9]{0,6}$ && $size -le 2000000 ]] || refused "too-large or bad-number: $size records"
    [ "$(base64 -d <<<"$top" 2>/dev/null | base64)" = "$top" ] || refused "bad-base64"
}

# by_device NOTE: a line of the log's own laptop stands there. Whether it is known who that is, `signers` says.
by_device() { grep -q "^— ${origin%/*} " "$1" || refused "no-device-signature"; }

# ---- receipts of participants ----------------------------------------------------------------------------------------
# Keys of these are `all` or `sure` (the log's own laptop signed, and is known), the origin, and a p.
declare -A there=() lead=() seen=() sure=() told=() told_at=()
# text OPENING FIELD: the text of a field of an opening, its escapes undone.
text() {
    local is='"'$2'":"(([^"\\]|\\.)*)"'
    [[ ! $1 =~ $is ]] || printf '%b' "${BASH_REMATCH[1]//'\"'/'"'}"
}
# receipts FILE [SOURCES]: each receipt in it; SOURCES is a file with the lines `from ORIGIN SIZE ROOT` that may stand in them.
receipts() {
    local note=$dir/note one head by n=0 at last sibling line
    [ "$(tr -d '\0' <"$1" | wc -c)" = "$(stat -c %s "$1")" ] || refused "not-a-receipt"
    rm -rf "$dir/r"; mkdir "$dir/r"
    csplit -s -n 5 -f "$dir/r/" "$1" '/^=====$/' '{*}'
    for one in "$dir"/r/*; do
        [ $n = 0 ] || sed -i 1d "$one"
        n=$((n + 1))
        [ "$(tail -c 1 "$one" | hex)" = 0a ] || refused "not-a-note"
        sed '1,/^$/d' "$one" >"$note"
        sed '/^$/,$d' "$one" >"$dir/proof"
        { read -r head; read -r extra; read -r index; } <"$dir/proof" || refused "not-a-receipt"
        [[ $head = c2sp.org/tlog-proof@v1 && $extra =~ ^extra' '([A-Za-z0-9+/]+=*)$ ]] || refused "not-a-receipt"
        base64 -d <<<"${extra#extra }" >"$dir/extra" 2>/dev/null || refused "bad-base64"
        [ "$(base64 -w 0 <"$dir/extra")" = "${extra#extra }" ] || refused "bad-base64"
        [[ $index =~ ^index' '(0|[1-9][0-9]{0,6})$ ]] || refused "bad-number"
        index=${index#index }
        [ "$(tr -d '\0' <"$dir/extra" | wc -c)" = "$(stat -c %s "$dir/extra")" ] || refused "not-canonical: a NUL"
        shape "$dir/extra"
        line=$(head -n 1 "$dir/extra")
        [[ $line =~ $record && ${#line} -le 8192 ]] || refused "not-canonical or bad-shape: a record"
        [ "${BASH_REMATCH[1]}" = "$index" ] || refused "bad-proof: another index"
        local kind=${BASH_REMATCH[2]} p=${BASH_REMATCH[5]} x=${BASH_REMATCH[7]} of=
        if [ "$(stat -c %s "$dir/extra")" -gt ${#line} ]; then
            tail -c +$((${#line} + 2)) "$dir/extra" >"$dir/opening"
            [ "$(wc -l <"$dir/opening")" = 0 ] || refused "not-canonical: an opening"
            of=$(cat "$dir/opening")
            [[ $of =~ $opening && ${BASH_REMATCH[1]} = "$index" ]] || refused "opening-mismatch"
            [ "$(openssl dgst -sha256 -binary "$dir/opening" | base64 | tr '+/' '-_' | tr -d =)" = "$x" ] || refused "opening-mismatch"
        fi
        by=$(sha <"$note")
        if [ -z "${seen[$by]:-}" ]; then
            names_of=$(signers "$note") || { echo "$names_of"; exit 1; }
            head_of "$note"
            by_device "$note"
            if [ $# = 2 ]; then grep -qxF "from $origin $size $top" "$2" || refused "other-log"; fi
            seen[$by]="$origin $size $top"
            if [[ " $names_of " = *" ${origin%/*} "* ]]; then sure[$by]=1; else verdict=signer-unknown; fi
            echo "$origin  $size records  root $top  signed by${names_of:- nobody known}"
        fi
        read -r origin size top <<<"${seen[$by]}"
        # The path from the leaf to the root: at odd places, and at the last one of an uneven row, the sibling is to the left.
        [ "$index" -lt "$size" ] || refused "bad-proof"
        at=$index last=$((size - 1))
        { printf '\0'; printf '%s' "$line"; } | openssl dgst -sha256 -binary >"$dir/got"
        while IFS= read -r sibling; do
            [[ $sibling =~ ^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$ ]] || refused "bad-hash"
            [ $last -gt 0 ] || refused "bad-proof"
            base64 -d <<<"$sibling" >"$dir/sibling"
            if [ $((at % 2)) = 1 ] || [ $at = $last ]; then
                { printf '\1'; cat "$dir/sibling" "$dir/got"; } | openssl dgst -sha256 -binary >"$dir/above"
                while [ $((at % 2)) = 0 ] && [ $at -gt 0 ]; do at=$((at / 2)) last=$((last / 2)); done
            else
                { printf '\1'; cat "$dir/got" "$dir/sibling"; } | openssl dgst -sha256 -binary >"$dir/above"
            fi
            mv "$dir/above" "$dir/got"
            at=$((at / 2)) last=$((last / 2))
        done < <(sed '1,3d' "$dir/proof")
        [ $last = 0 ] && [ "$(base64 <"$dir/got")" = "$top" ] || refused "bad-proof"
        for one in all ${sure[$by]:+sure}; do
            head=$origin
            # Head office corrects in a log of its own, and names the one that it corrects.
            if [ "$kind" = amend ] && [[ $line =~ $amends ]]; then head=${BASH_REMATCH[3]}; fi
            one="$one $head"
            case $kind in
            person.merge)
                [[ $line =~ '"from":"'([A-Za-z0-9_-]{8})'"' ]] || continue
                head=$(head_p "$one $p") last=$(head_p "$one ${BASH_REMATCH[1]}")
                [ "$head" = "$last" ] || lead[$last]=$head ;;
            person.join | att.in | att.mark | amend) [ -z "$p" ] || there[$one $p]=1 ;;
            esac
            case $kind in person.join | person.rename) ;; *) continue ;; esac
            for head in name badge; do
                [ "$index" -ge "${told_at[$one $p $head]:-0}" ] && last=$(text "$of" $head) && [ -n "$last" ] || continue
                told[$one $p $head]=$last told_at[$one $p $head]=$index
            done
        done
    done
    if [ "$n" -eq 1 ]; then echo "1 receipt"; else echo "$n receipts"; fi
}
# head_p KEY: the entry that stands for this one after the merges that were proved.
head_p() { local p=$1; while [ -n "${lead[$p]:-}" ]; do p=${lead[$p]}; done; echo "$p"; }

# ---- a sheet with its note and its proofs ----------------------------------------------------------------------------
# came FILE: everybody on an attendance sheet in CSV who was there, into `rows`: `origin p`; names and badges into `cells`.
declare -A cells=()
rows=()
came() {
    local row= line n cell sign columns=() head_done= p key
    local -A at=() ids=()
    while IFS= read -r line || [ -n "$line" ]; do
        row+=$line
        cell=${row//[!\"]/}
        if [ $((${#cell} % 2)) = 1 ]; then row+=$'\n'; continue; fi    # the row goes on: a quote is open
        row=${row%$'\r'}
        [ ${#columns[@]} -gt 0 ] || { row=${row#$'\xef\xbb\xbf'}; sign=${row#record_id}; sign=${sign:0:1}; }
        n=0 at=()
        while :; do
            case $row in
            \"*) [[ $row =~ ^\"(([^\"]|\"\")*)\" ]] || refused "not-a-sheet"
                cell=${BASH_REMATCH[1]//\"\"/\"} row=${row:${#BASH_REMATCH[0]}} ;;
            *) cell=${row%%"$sign"*} row=${row:${#cell}} ;;
            esac
            if [ -z "$head_done" ]; then columns+=("$cell"); else at[${columns[n]:-more}]=$cell; fi
            n=$((n + 1))
            [ -n "$row" ] || break
            [ "${row:0:1}" = "$sign" ] || refused "not-a-sheet"
            row=${row:1}
            [ -n "$row" ] || { n=$((n + 1)); break; }
        done
        if [ -n "$head_done" ]; then
            [[ ${at[record_id]:-} =~ -([A-Za-z0-9_-]{8})$ ]] || refused "not-a-sheet"
            p=${BASH_REMATCH[1]}
            [ "${at[record_id]}" = "${at[session_id]##*/}-$p" ] || refused "not-a-sheet"
            [ -z "${ids[${at[record_id]}]:-}" ] || refused "person-twice: ${at[record_id]}"
            ids[${at[record_id]}]=1
            key="${at[session_id]} $p"
            if [ -n "${at[check_in]}" ]; then rows+=("$key"); cells[$key name]=${at[name]} cells[$key badge]=${at[person_id]}; fi
        else
            for cell in record_id session_id person_id name check_in; do
                [[ " ${columns[*]} " = *" $cell "* ]] || refused "not-a-sheet"
            done
        fi
        head_done=1 row=
    done <"$1"
    [ -n "$head_done" ] || refused "not-a-sheet"
}

# same CELL VALUE: the cell shows this value, guarded if a spreadsheet would run it.
same() {
    [ "$1" != "$2" ] || return 0
    case $2 in =* | +* | -* | @* | $'\t'* | $'\r'* | ＝* | ＋* | －* | ＠*) [ "$1" = "'$2" ] ;; *) return 1 ;; esac
}

sheet() {
    local note=$1.note by key head field good all=0
    local -A proved=() once=() ones=()
    local unsigned=() otherwise=()
    head -c 17 "$note" | grep -qx 'fieldkit-file/1' || refused "wrong-note-type"
    sed '/^$/,$d' "$note" >"$dir/said"
    grep -q '^name ' <(sed -n 3p "$dir/said") || refused "bad-note"
    [ "$(sed '1,3d' "$dir/said" | grep -vcE '^from [^ ]+ [1-9][0-9]* [A-Za-z0-9+/]{43}=$')" = 0 ] || refused "bad-note"
    sed '1,3d' "$dir/said" | grep -q . || refused "bad-note"
    [ "$(sed -n 2p "$dir/said")" = "sha256 $(sha <"$1")" ] || refused "changed"
    by=$(signers "$note" '(/dev/[a-z0-9]+|/office)$' 8388608) || { echo "$by"; exit 1; }
    [ -n "$by" ] || verdict=signer-unknown
    sed -n 's/^from \([^ ]*\) \([^ ]*\) \(.*\)/\1  \2 records  root \3/p' "$dir/said" | sed "s|\$|  made by${by:- nobody known}|"
    if [ ! -f "$1.proofs" ]; then
        [[ $(head -c 4096 "$1" | tr -d '\0') != *record_id*check_in* ]] || echo "no proofs lie beside it"
        return 0
    fi
    local made=$verdict
    grep '^from ' "$dir/said" >"$dir/from"
    receipts "$1.proofs" "$dir/from"
    [ "$(head -c 1 "$1")" != "[" ] || { echo "who was there is not looked up in JSON"; return 0; }
    verdict=$made   # from here on each person counts by the signature over their own proof
    came "$1"
    for key in "${!there[@]}"; do proved[$(head_p "$key")]=1; done
    for key in "${!told[@]}"; do
        field=${key##* } head=$(head_p "${key% *}")
        ones[$head $field]+=${told[$key]}$'\x01'
    done
    for key in "${!told[@]}" "${!there[@]}" "${!lead[@]}"; do
        key=${key% name} key=${key% badge}
        ones[$(head_p "$key") badge]+=${key##* }$'\x01'    # who has no badge stands there by p
    done
    for key in ${rows[@]+"${rows[@]}"}; do
        all=$((all + 1)) head=$(head_p "all $key")
        [ -n "${proved[$head]:-}" ] || refused "not-proved: ${key##* }"
        [ -z "${once[$head]:-}" ] || refused "person-twice: ${key##* }"
        once[$head]=1 head=$(head_p "sure $key")
        [ -n "${proved[$head]:-}" ] || { unsigned+=("${key##* }"); continue; }
        for field in name badge; do
            good=
            case ${cells[$key $field]} in '' | '(erased)' | "${key##* }") good=1 ;; esac
            while IFS= read -r -d $'\x01' one; do ! same "${cells[$key $field]}" "$one" || good=1; done <<<"${ones[$head $field]:-}"
            [ -n "$good" ] || { otherwise+=("${key##* }"); break; }
        done
    done
    echo "$((all - ${#unsigned[@]})) people proved"
    [ ${#unsigned[@]} = 0 ] || { echo "${#unsigned[@]} not proved, nobody known signed: ${unsigned[*]}"; verdict=signer-unknown; }
    [ ${#otherwise[@]} = 0 ] || echo "${#otherwise[@]} not named so in the proof: ${otherwise[*]}"
}

# ---- which of them it is -----------------------------------------------------------------------------------------------
verdict=verified
case $file in *.note) [ "$(head -n 1 "$file" | tr -d '\0')" != fieldkit-file/1 ] || file=${file%.note} ;; esac
if [ "$(head -c 22 "$file" | tr '\0' .)" = c2sp.org/tlog-proof@v1 ]; then
    receipts "$file"
    echo $verdict
    [ $verdict = verified ]; exit
elif [ "$(stat -c %s "$file")" -ge 64 ] && [ "$(tr -d 'A-Z2-7 \t\r\n' <"$file" | head -c 1 | wc -c)" = 0 ]; then
    tr -d ' \t\r\n' <"$file" >"$dir/b32"
    rest=$(($(stat -c %s "$dir/b32") % 8))
    [ $rest = 0 ] || head -c $((8 - rest)) <<<======== >>"$dir/b32"
    base32 -d "$dir/b32" >"$dir/zlib" 2>/dev/null || refused "not-a-receipt"
    # zlib is deflate between two bytes and a sum (RFC 1950); gzip reads it behind a head of its own and misses its own end.
    { printf '\x1f\x8b\x08\0\0\0\0\0\0\003'; tail -c +3 "$dir/zlib"; } | { gzip -dc 2>/dev/null || true; } | head -c 131073 >"$dir/receipt"
    a=1 b=0
    for byte in $(od -An -v -tu1 "$dir/receipt"); do a=$(((a + byte) % 65521)) b=$(((b + a) % 65521)); done
    [ "$(tail -c 4 "$dir/zlib" | hex)" = "$(printf '%04x%04x' $b $a)" ] || refused "not-a-receipt"
    receipts "$dir/receipt"
    echo $verdict
    [ $verdict = verified ]; exit
elif [ -f "$file.note" ]; then
    sheet "$file"
    echo $verdict
    [ $verdict = verified ]; exit
fi

# ---- from outside in: age, gzip, USTAR -------------------------------------------------------------------------------
if [ "$(head -c 21 "$file" | tr '\0' .)" = age-encryption.org/v1 ]; then
    [ -n "$identity" ] || { echo sealed; exit 1; }
    if ! age -d -i "$identity" -o "$dir/gz" "$file" 2>"$dir/why"; then
        ! grep -qiE 'no identity matched|incorrect identity' "$dir/why" || { echo sealed; exit 1; }
        refused "seal-damaged"
    fi
    file=$dir/gz
fi
[ "$(head -c 8 "$file" | hex)" = 1f8b080000000000 ] || refused "not-gzip"
gzip -dc <"$file" >"$dir/tar" 2>/dev/null || refused "damaged-archive"      # 2 when something follows the end
# The size at the end is that of the archive: no second gzip member, and nothing behind.
[ "$(tail -c 4 "$file" | od -An -tu4 --endian=little | tr -d ' ')" = "$(size_of "$dir/tar")" ] || refused "trailing-data"
blocks=$(($(stat -c %s "$dir/tar") / 512))
[ $((blocks * 512)) = "$(stat -c %s "$dir/tar")" ] || refused "truncated"
members=() at=0
while :; do
    [ $at -lt $blocks ] || refused "truncated"
    dd if="$dir/tar" of="$dir/head" bs=512 skip=$at count=1 status=none
    [ "$(tr -d '\0' <"$dir/head" | wc -c)" != 0 ] || break
    name=$(head -c 100 "$dir/head" | tr -d '\0') size=$(tail -c +125 "$dir/head" | head -c 12 | tr '\0' .)
    case $(tail -c +157 "$dir/head" | head -c 1 | tr '\0' .) in 0) ;; [xg]) refused "pax-header" ;; *) refused "member-type" ;; esac
    [ "$(tail -c +101 "$dir/head" | head -c 24 | tr '\0' .)" = 0000600.0000000.0000000. ] || refused "bad-header"
    [ "$(tail -c +258 "$dir/head" | head -c 8 | hex)" = 7573746172003030 ] || refused "bad-header"
    [ "$(tail -c +137 "$dir/head" | head -c 12 | tr '\0' .)" = 00000000000. ] || refused "bad-header"
    [ "$(head -c ${#name} "$dir/head" | tr '\0' .)" = "$name" ] && zeros 157 100 "$dir/head" && zeros 265 64 "$dir/head" \
        && zeros 345 167 "$dir/head" || refused "bad-header"
    case $(tail -c +330 "$dir/head" | head -c 16 | tr '\0' .) in ................ | 0000000.0000000.) ;; *) refused "bad-header" ;; esac
    sum=0
    for byte in $({ head -c 148 "$dir/head"; printf '        '; tail -c +157 "$dir/head"; } | od -An -v -tu1); do
        sum=$((sum + byte))
    done
    [ "$(tail -c +149 "$dir/head" | head -c 8 | tr '\0' .)" = "$(printf '%06o. ' $sum)" ] || refused "bad-header"
    [[ $size =~ ^[0-7]{11}\.$ && $name =~ ^[A-Za-z0-9./-]+$ && $name != *..* ]] || refused "bad-header"
    size=$((8#${size%.}))
    mkdir -p "$dir/x/$(dirname "$name")"
    for seen in ${members[@]+"${members[@]}"}; do [ "$seen" != "$name" ] || refused "duplicate-member"; done
    dd if="$dir/tar" of="$dir/data" bs=512 skip=$((at + 1)) count=$(((size + 511) / 512)) status=none
    head -c $size "$dir/data" >"$dir/x/$name"
    [ "$(size_of "$dir/x/$name")" = $size ] || refused "truncated"
    zeros $size 512 "$dir/data" || refused "bad-header: padding"
    members+=("$name") at=$((at + 1 + (size + 511) / 512))
done
[ "$(tail -c +$((at * 512 + 1)) "$dir/tar" | tr -d '\0' | wc -c)" = 0 ] || refused "trailing-data"
[ $((blocks - at)) -ge 2 ] || refused "truncated"
[ $blocks -le $(((at + 21) / 20 * 20)) ] || refused "trailing-data"    # zeros up to the next 10,240 bytes, no more

# ---- the members, in their order -------------------------------------------------------------------------------------
next=0
at_member() { [ "${members[next]:-}" = "$1" ]; }
take() { at_member "$1" || refused "member-order: $1 was expected, not ${members[next]:-the end}"; next=$((next + 1)); }

take fieldkit-bundle
[ "$(tr '\0' . <"$dir/x/fieldkit-bundle"; echo .)" = $'fieldkit-bundle/1\n.' ] || refused "wrong-version"
if at_member trust.note; then front=trust; else front=enrol; fi
take $front.note
is_note "$dir/x/$front.note" 1048576
[ "$(head -n 1 "$dir/x/$front.note")" = "fieldkit-$front/1" ] || refused "wrong-note-type"
n=0 origins=
while [ $next -lt ${#members[@]} ]; do
    n=$((n + 1)) x=$dir/x/$n plan= last=0 i=0
    rm -rf "$dir/lines"; mkdir "$dir/lines"
    declare -A wanted=() stops=()
    take $n/checkpoint
    by=$(signers "$x/checkpoint") || { echo "$by"; exit 1; }
    head_of "$x/checkpoint"
    [[ $origins != *" $origin "* ]] || refused "duplicate-session"
    origins+=" $origin "
    by_device "$x/checkpoint"
    [[ " $by " = *" ${origin%/*} "* ]] || verdict=signer-unknown
    if at_member $n/signed; then
        take $n/signed
        [ -s "$x/signed" ] && [ "$(size_of "$x/signed")" -le 1048576 ] || refused "not-a-note or too-large: $n/signed"
        csplit -s -z -f "$x/signed." "$x/signed" '/^=====$/' '{*}'
        at=0
        for note in "$x"/signed.*; do
            sed -i '/^=====$/d' "$note"
            more=$(signers "$note") || { echo "$more"; exit 1; }
            by+=" ·$more"
            { read -r o; read -r s; read -r r; } <"$note"
            [ "$o" = "$origin" ] || refused "wrong-origin"
            [[ $s =~ ^[1-9][0-9]{0,6}$ && $s -gt $at && $s -lt $size ]] || refused "signed-order"
            by_device "$note"
            stops[$s]=$r at=$s
        done
    fi
    take $n/log.jsonl
    lines "$x/log.jsonl"
    shape "$x/log.jsonl"
    while IFS= read -r line; do
        [ ${#line} -le 8192 ] || refused "too-long: record $i"
        [[ $line =~ $record ]] || refused "not-canonical or bad-shape: record $i"
        [ "${BASH_REMATCH[1]}" = $i ] || refused "index: record $i"
        case $i-${BASH_REMATCH[2]} in 0-session.open) ;; 0-* | *-session.open) refused "no-session-open" ;; esac
        [ "${BASH_REMATCH[3]}" -ge "$last" ] || refused "time-order: record $i"
        last=${BASH_REMATCH[3]} wanted[$i]=${BASH_REMATCH[7]:-}
        if [ $i = 0 ]; then
            seq=${origin##*/} seq=$((10#${seq%-*}))
            [[ $line = *'"dev":"'"${origin%/*}"'"'* && $line =~ '"seq":'$seq[,}] ]] || refused "origin-mismatch"
            if [[ $line =~ '"plan":"'([0-9a-f]{64})'"' ]]; then plan=${BASH_REMATCH[1]}; fi
        fi
        printf '\0%s' "$line" >"$dir/lines/$i"
        i=$((i + 1))
    done <"$x/log.jsonl"
    [ $i = "$size" ] || refused "size-mismatch: $i records where $size were signed"
    hashes "$dir/lines" $i >"$dir/leaves"
    for at in "${!stops[@]}"; do
        [ "$(raw "$(root "$dir/leaves" "$at")" | base64)" = "${stops[$at]}" ] || refused "signed-mismatch"
    done
    [ "$(raw "$(root "$dir/leaves" "$size")" | base64)" = "$top" ] || refused "root-mismatch"
    take $n/openings.jsonl
    lines "$x/openings.jsonl"
    shape "$x/openings.jsonl"
    last=-1 of=()
    while IFS= read -r line; do
        [ ${#line} -le 8192 ] || refused "too-long: an opening"
        [[ $line =~ $opening ]] || refused "not-canonical or bad-shape: an opening"
        [ "${BASH_REMATCH[1]}" -gt $last ] || refused "opening-order"
        last=${BASH_REMATCH[1]}
        printf '%s' "$line" >"$dir/lines/${#of[@]}"
        of+=("$last")
    done <"$x/openings.jsonl"
    # 32 bytes and a zero make 44 signs, the first 43 of which are the base64 of the 32.
    i=0
    while IFS= read -r line; do
        [ "${line:0:43}" = "${wanted[${of[i]}]:-none}" ] || refused "opening-mismatch: record ${of[i]}"
        i=$((i + 1))
    done < <(hashes "$dir/lines" ${#of[@]} | sed 's/$/00/; s/../\\x&/g' | while IFS= read -r line; do printf "$line"; done \
        | base64 -w 44 | tr '+/' '-_')
    [ $i = ${#of[@]} ] || refused "opening-mismatch"
    found=
    while [[ ${members[next]:-} == $n/blob/* ]]; do
        blob=${members[next]#*/blob/}
        [ "$(sha <"$x/blob/$blob")" = "$blob" ] || refused "blob-mismatch"
        [ "$(size_of "$x/blob/$blob")" -le 1048576 ] || refused "too-large"
        if [ "$blob" = "$plan" ]; then
            found=1
            [ "$(head -c 1 "$x/blob/$blob" | tr '\0' .)" = "{" ] && [ "$(wc -l <"$x/blob/$blob")" = 0 ] || refused "not-an-object: the plan"
            shape "$x/blob/$blob" 16
        fi
        next=$((next + 1))
    done
    [ -n "$found" ] || refused "no-plan"
    echo "$origin  $size records  root $top  signed by${by:- nobody known}"
done
[ $n -gt 0 ] || refused "no-session"
echo $verdict
[ $verdict = verified ]
