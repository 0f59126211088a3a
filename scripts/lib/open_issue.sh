# Open an issue with what scripts/compat found, or update the one that is open.
# shellcheck shell=bash
#
#   bash scripts/lib/open_issue.sh TITLE REPORT ADDRESS_OF_LOGS
#
# It takes GitHub's own program, gh, with a token that may write issues.
set -euo pipefail

TITLE=$1 REPORT=$2 LOGS=$3
export TITLE

# Print what the issue says: the lines of the report, without how long each took.
finding() {
    echo "\`scripts/compat --pre\` found:"
    echo '```'
    sed -E 's/ \([0-9]+ s\)$//' "$REPORT"
    echo '```'
}

# The last line alone differs from run to run.
body() {
    finding
    echo
    echo "Logs: $LOGS"
}

number=$(gh issue list --state open --limit 500 --json number,title \
    --jq '[.[] | select(.title == env.TITLE)][0].number // empty')
if [[ -z "$number" ]]; then
    gh issue create --title "$TITLE" --body "$(body)"
    exit
fi
known=$(gh issue view "$number" --json body --jq .body)
gh issue edit "$number" --body "$(body)"
# Who follows the issue hears of what is new, not of the same every day.
if [[ "$known" != "$(finding)"* ]]; then
    gh issue comment "$number" --body "$(body)"
fi
