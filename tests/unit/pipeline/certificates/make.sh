#!/bin/sh
# Makes the certificates of the tests: an authority, a server for localhost and 127.0.0.1, a client, and a stranger's
# authority. Valid for a century; the keys protect nothing. Run it here, with openssl 3.
set -eu
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -keyout "$1.key" -out "$1.pem" \
    -subj "/CN=otel-kit tests $1" -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
}
leaf() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  printf '%s\n' "subjectAltName=DNS:localhost,IP:127.0.0.1" "extendedKeyUsage=$2" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA authority.pem -CAkey authority.key -days 36500 -extfile "$1.ext" -out "$1.pem"
  rm "$1.csr" "$1.ext"
}
authority authority
authority stranger
leaf server serverAuth
leaf client clientAuth
rm -f authority.key stranger.key ./*.srl
