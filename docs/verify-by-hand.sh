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
# never from the file. Prints one line a session: origin, records, root, who signed. The last line is the verdict:
# `verified` (exit 0), `signer-unknown` or `refused: why` (exit 1), `usage` (exit 2).
#
# What it checks is docs/bundle-format.md and docs/log-format.md: the archive's own shape, the order of its members, every
# line's index, time and hash, each opening against its record, each attachment against its name, the tree of RFC 6962,
# and the Ed25519 signatures of the checkpoint and of earlier signed ones. Of a receipt: its record's hash, the opening
# against it, the path to the root (RFC 9162, 2.1.3.2), and who signed that root. Of a sheet: its hash, who signed its note,
# and that everybody who was there is proved under the root that the note names (of a JSON sheet who was there is left out).
# Left to the program: the order of keys inside a line, Unicode, and whether a public key is one of the few points for which
# anybody could sign.
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

# signers NOTE [ROLES]: prints the names of the given keys that signed it; a bad signature of one of them refuses. ROLES is
# what the names of keys that count for this note look like.
signers() {
    local note=$1 line name sig id text=$dir/text message=$dir/message found= roles=${2:-.}
    sed '/^$/,$d' "$note" >"$text"
    [ "$(sed -n '/^$/=' "$note" | wc -l)" = 1 ] || refused "not-a-note"
    while IFS= read -r line; do
        [[ $line =~ ^'— '([^ ]+)' '([A-Za-z0-9+/]+=*)$ ]] || refused "not-a-note"
        name=${BASH_REMATCH[1]} sig=$(base64 -d <<<"${BASH_REMATCH[2]}" 2>/dev/null | hex) || refused "bad-base64"
        id=${sig:0:8} sig=${sig:8}
        [[ -n "${public[$name+$id]:-}" && $name =~ $roles ]] || continue
        cp "$text" "$message"
        if [ "${type_of[$name+$id]}" = 04 ]; then   # cosignature/v1: eight bytes of time come first
            { printf 'cosignature/v1\ntime %d\n' "0x${sig:0:16}"; cat "$text"; } >"$message"
            sig=${sig:16}
        fi
        raw "$sig" >"$dir/sig"
        openssl pkeyutl -verify -pubin -inkey "${public[$name+$id]}" -rawin -in "$message" -sigfile "$dir/sig" \
            >/dev/null 2>&1 || refused "bad-signature of $name"
        found+=" $name"
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
# shape FILE: outside its texts a line holds nothing but the signs of JSON, whole numbers and three words.
shape() {
    local number='(0|-?[1-9][0-9]*)' bad
    bad=$(sed -E 's/"([^"\\]|\\.)*"/V/g; s/(true|false|null)/V/g' "$1" \
        | sed -E "s/([][{}:,])$number/\1V/g; s/^$number/V/" | grep -nvE '^[][{}:,V]*$' | head -n 1 || true)
    [ -z "$bad" ] || refused "not-canonical or float: line ${bad%%:*}"
}
record='^\{"d":\{.*\},"i":([0-9]+),"k":"([a-z.]+)","m":([0-9]+)(,"p":"([A-Za-z0-9_-]{8})")?,"t":-?[0-9]+(,"x":"([A-Za-z0-9_-]{43})")?\}$'
opening='^\{"i":([0-9]+),"s":"[A-Za-z0-9_-]{22}","x":\{.*\}\}$'
session='^[a-z0-9.-]+/dev/[a-z0-9]{4,12}/[0-9]{6}-[0-9a-hjkmnp-tv-z]{8}$'

# head_of NOTE: origin, size and root of a checkpoint into `origin`, `size`, `top`.
head_of() {
    local more=
    { read -r origin; read -r size; read -r top; read -r more || true; } < <(sed '/^$/,$d' "$1")
    [[ $origin =~ $session && -z ${more:-} ]] || refused "bad-origin"
    [[ $size =~ ^[1-9][0-9]{0,6}$ && $size -le 2000000 ]] || refused "too-large or bad-number: $size records"
    [ "$(base64 -d <<<"$top" 2>/dev/null | base64)" = "$top" ] || refused "bad-base64"
}

# ---- receipts of participants ----------------------------------------------------------------------------------------
declare -A there=() lead=() seen=()
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
        local kind=${BASH_REMATCH[2]} p=${BASH_REMATCH[5]} x=${BASH_REMATCH[7]}
        if [ "$(stat -c %s "$dir/extra")" -gt ${#line} ]; then
            tail -c +$((${#line} + 2)) "$dir/extra" >"$dir/opening"
            [ "$(wc -l <"$dir/opening")" = 0 ] || refused "not-canonical: an opening"
            [[ "$(cat "$dir/opening")" =~ $opening && ${BASH_REMATCH[1]} = "$index" ]] || refused "opening-mismatch"
            [ "$(openssl dgst -sha256 -binary "$dir/opening" | base64 | tr '+/' '-_' | tr -d =)" = "$x" ] || refused "opening-mismatch"
        fi
        by=$(sha <"$note")
        if [ -z "${seen[$by]:-}" ]; then
            names_of=$(signers "$note") || { echo "$names_of"; exit 1; }
            head_of "$note"
            grep -q "^— ${origin%/*} " "$note" || refused "no-device-signature"
            if [ $# = 2 ]; then grep -qxF "from $origin $size $top" "$2" || refused "other-log"; fi
            seen[$by]="$origin $size $top"
            [[ " $names_of " = *" ${origin%/*} "* ]] || verdict=signer-unknown
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
        if [ "$kind" = person.merge ] && [[ $line =~ '"from":"'([A-Za-z0-9_-]{8})'"' ]]; then
            [ "$(head_p "$p")" = "$(head_p "${BASH_REMATCH[1]}")" ] || lead[$(head_p "${BASH_REMATCH[1]}")]=$(head_p "$p")
        elif [ -n "$p" ]; then
            there[$p]=1
        fi
    done
    echo "$n receipts"
}
# head_p P: the entry that stands for P after the merges that were proved.
head_p() { local p=$1; while [ -n "${lead[$p]:-}" ]; do p=${lead[$p]}; done; echo "$p"; }

# ---- a sheet with its note and its proofs ----------------------------------------------------------------------------
# came FILE: the p of everybody on an attendance sheet in CSV who was there.
came() {
    local row= line n id when cell sign columns=()
    while IFS= read -r line || [ -n "$line" ]; do
        row+=$line
        cell=${row//[!\"]/}
        if [ $((${#cell} % 2)) = 1 ]; then row+=$'\n'; continue; fi    # the row goes on: a quote is open
        row=${row%$'\r'}
        [ ${#columns[@]} -gt 0 ] || { row=${row#$'\xef\xbb\xbf'}; sign=${row#record_id}; sign=${sign:0:1}; }
        n=0 id= when=
        while :; do
            case $row in
            \"*) [[ $row =~ ^\"(([^\"]|\"\")*)\" ]] || refused "not-a-sheet"; cell=${BASH_REMATCH[1]} row=${row:${#BASH_REMATCH[0]}} ;;
            *) cell=${row%%"$sign"*} row=${row:${#cell}} ;;
            esac
            if [ "${head_done:-}" != 1 ]; then columns+=("$cell"); else
                case ${columns[n]:-} in record_id) id=$cell ;; check_in) when=$cell ;; esac
            fi
            n=$((n + 1))
            [ -n "$row" ] || break
            [ "${row:0:1}" = "$sign" ] || refused "not-a-sheet"
            row=${row:1}
            [ -n "$row" ] || { n=$((n + 1)); break; }
        done
        if [ "${head_done:-}" = 1 ] && [ -n "$when" ]; then
            [[ $id =~ -([A-Za-z0-9_-]{8})$ ]] || refused "not-a-sheet"
            echo "${BASH_REMATCH[1]}"
        fi
        head_done=1 row=
    done <"$1"
    [[ " ${columns[*]} " = *" record_id "* && " ${columns[*]} " = *" check_in "* ]] || refused "not-a-sheet"
}

sheet() {
    local note=$1.note by p missing=0 all
    head -c 17 "$note" | grep -qx 'fieldkit-file/1' || refused "wrong-note-type"
    sed '/^$/,$d' "$note" >"$dir/said"
    grep -q '^name ' <(sed -n 3p "$dir/said") || refused "bad-note"
    [ "$(sed '1,3d' "$dir/said" | grep -vcE '^from [^ ]+ [1-9][0-9]* [A-Za-z0-9+/]{43}=$')" = 0 ] || refused "bad-note"
    sed '1,3d' "$dir/said" | grep -q . || refused "bad-note"
    [ "$(sed -n 2p "$dir/said")" = "sha256 $(sha <"$1")" ] || refused "changed"
    by=$(signers "$note" '(/dev/[a-z0-9]+|/office)$') || { echo "$by"; exit 1; }
    [ -n "$by" ] || verdict=signer-unknown
    sed -n 's/^from \([^ ]*\) \([^ ]*\) \(.*\)/\1  \2 records  root \3/p' "$dir/said" | sed "s|\$|  made by${by:- nobody known}|"
    [ -f "$1.proofs" ] || return 0
    local made=$verdict
    receipts "$1.proofs" <(grep '^from ' "$dir/said")
    verdict=$made   # the sheet is as good as its own note; whoever signed the root made it
    [ "$(head -c 1 "$1")" != "[" ] || { echo "who was there is not looked up in JSON"; return 0; }
    all=$(came "$1") || { echo "$all"; exit 1; }
    declare -A proved=()
    for p in "${!there[@]}"; do proved[$(head_p "$p")]=1; done
    for p in $all; do [ -n "${proved[$(head_p "$p")]:-}" ] || missing=$((missing + 1)); done
    [ $missing = 0 ] || refused "not-proved: $missing people on the sheet"
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
    [ -n "$identity" ] || refused "sealed"
    age -d -i "$identity" -o "$dir/gz" "$file" 2>/dev/null || refused "seal-damaged"
    file=$dir/gz
fi
[ "$(head -c 8 "$file" | hex)" = 1f8b080000000000 ] || refused "not-gzip"
gzip -dc <"$file" >"$dir/tar" 2>/dev/null || refused "damaged-archive"      # 2 when something follows the end
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
    sum=0
    for byte in $({ head -c 148 "$dir/head"; printf '        '; tail -c +157 "$dir/head"; } | od -An -v -tu1); do
        sum=$((sum + byte))
    done
    [ "$(tail -c +149 "$dir/head" | head -c 8 | tr '\0' .)" = "$(printf '%06o. ' $sum)" ] || refused "bad-header"
    [[ $size =~ ^[0-7]{11}\.$ && $name =~ ^[A-Za-z0-9./-]+$ && $name != *..* ]] || refused "bad-header"
    size=$((8#${size%.}))
    mkdir -p "$dir/x/$(dirname "$name")"
    for seen in ${members[@]+"${members[@]}"}; do [ "$seen" != "$name" ] || refused "duplicate-member"; done
    dd if="$dir/tar" bs=512 skip=$((at + 1)) count=$(((size + 511) / 512)) status=none | head -c $size >"$dir/x/$name"
    [ "$(stat -c %s "$dir/x/$name")" = $size ] || refused "truncated"
    members+=("$name") at=$((at + 1 + (size + 511) / 512))
done
[ "$(tail -c +$((at * 512 + 1)) "$dir/tar" | tr -d '\0' | wc -c)" = 0 ] || refused "trailing-data"
[ $((blocks - at)) -ge 2 ] || refused "truncated"

# ---- the members, in their order -------------------------------------------------------------------------------------
next=0
at_member() { [ "${members[next]:-}" = "$1" ]; }
take() { at_member "$1" || refused "member-order: $1 was expected, not ${members[next]:-the end}"; next=$((next + 1)); }

take fieldkit-bundle
[ "$(tr '\0' . <"$dir/x/fieldkit-bundle"; echo .)" = $'fieldkit-bundle/1\n.' ] || refused "wrong-version"
if at_member trust.note; then take trust.note; else take enrol.note; fi
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
    if [[ " $by " != *" ${origin%/*} "* ]]; then
        [[ $names != *" ${origin%/*} "* ]] || refused "no-device-signature"
        verdict=signer-unknown
    fi
    if at_member $n/signed; then
        take $n/signed
        csplit -s -z -f "$x/signed." "$x/signed" '/^=====$/' '{*}'
        for note in "$x"/signed.*; do
            sed -i '/^=====$/d' "$note"
            more=$(signers "$note") || { echo "$more"; exit 1; }
            by+=" ·$more"
            { read -r o; read -r s; read -r r; } <"$note"
            [ "$o" = "$origin" ] || refused "wrong-origin"
            stops[$s]=$r
        done
    fi
    take $n/log.jsonl
    lines "$x/log.jsonl"
    shape "$x/log.jsonl"
    while IFS= read -r line; do
        [ ${#line} -le 8192 ] || refused "too-long: record $i"
        [[ $line =~ $record ]] || refused "not-canonical or bad-shape: record $i"
        [ "${BASH_REMATCH[1]}" = $i ] || refused "index: record $i"
        [ $i -gt 0 ] || [ "${BASH_REMATCH[2]}" = session.open ] || refused "no-session-open"
        [ "${BASH_REMATCH[3]}" -ge "$last" ] || refused "time-order: record $i"
        last=${BASH_REMATCH[3]} wanted[$i]=${BASH_REMATCH[7]:-}
        if [ $i = 0 ] && [[ $line =~ '"plan":"'([0-9a-f]{64})'"' ]]; then plan=${BASH_REMATCH[1]}; fi
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
        [ "$blob" != "$plan" ] || found=1
        next=$((next + 1))
    done
    [ -n "$found" ] || refused "no-plan"
    echo "$origin  $size records  root $top  signed by${by:- nobody known}"
done
[ $n -gt 0 ] || refused "no-session"
echo $verdict
[ $verdict = verified ]
