#!/bin/sh
# Signs dist/Agent Connector.app, has Apple look through it, and puts it into a disk image.
#
#   MACOS_SIGN_IDENTITY   name of a “Developer ID Application” certificate in the keychain
#   MACOS_NOTARY_PROFILE  name under which `xcrun notarytool store-credentials` has put the account's password
#   MACOS_NOTARY_KEYCHAIN the keychain that it has put it into, where that is not the usual one
#
# Nothing of these is written anywhere. Without MACOS_NOTARY_PROFILE it stops after signing.
set -eu

cd "$(dirname "$0")/../.."
version=${1:?usage: sign_and_notarise.sh VERSION}
identity=${MACOS_SIGN_IDENTITY:?MACOS_SIGN_IDENTITY is not set: the name of a Developer ID Application certificate}
app="dist/Agent Connector.app"
image="dist/agent-connector-$version-$(uname -m).dmg"
entitlements=packaging/macos/entitlements.plist

if [ ! -d "$app" ]; then
    echo "$app is not there: run python3 packaging/dev.py package first." >&2
    exit 1
fi

# From the inside out: a signature covers what is signed below it.
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' -o -perm -u+x \) -print0 |
    xargs -0 -n 1 codesign --force --timestamp --options runtime --entitlements "$entitlements" --sign "$identity"
codesign --force --timestamp --options runtime --entitlements "$entitlements" --sign "$identity" "$app"
codesign --verify --deep --strict --verbose=2 "$app"

rm -f "$image"
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
# Not cp: signatures of files that are no programs are beside them, as attributes.
ditto "$app" "$staging/Agent Connector.app"
ln -s /Applications "$staging/Applications"
hdiutil create -volname "Agent Connector" -srcfolder "$staging" -format UDZO "$image"
codesign --force --timestamp --sign "$identity" "$image"

if [ -z "${MACOS_NOTARY_PROFILE:-}" ]; then
    echo "Signed, not notarised: MACOS_NOTARY_PROFILE is not set."
    exit 0
fi
xcrun notarytool submit "$image" --keychain-profile "$MACOS_NOTARY_PROFILE" \
    ${MACOS_NOTARY_KEYCHAIN:+--keychain "$MACOS_NOTARY_KEYCHAIN"} --wait
xcrun stapler staple "$image"
spctl --assess --type open --context context:primary-signature --verbose "$image"
