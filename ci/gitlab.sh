# Sets a job of GitLab's up, when its shell reads this: Headroom, the Pulumi CLI, and a profile of AWS's for each
# environment that it works on. Usage: . ci/gitlab.sh ENV:PURPOSE...
# GitLab signs a token for the job (id_tokens), and AWS's SDKs exchange it by themselves: no credentials stand anywhere.
set -eo pipefail

curl -fsSL https://get.pulumi.com | sh -s -- --version "${PULUMI_VERSION:?}" >/dev/null
export PATH="$HOME/.pulumi/bin:$PATH"
make runtime

signed=$(mktemp -d)
printf '%s' "${AWS_TOKEN:?the job asks for no token: id_tokens}" >"$signed/token"
export AWS_CONFIG_FILE="$signed/config"
for wanted in "$@"; do
  # The state of any of them: Headroom finds the others' beside it.
  PULUMI_BACKEND_URL=$(.venv/bin/python -m operations.job_role "${wanted%:*}" "${wanted#*:}" \
    --profile "$signed/config" --token "$signed/token" --session "gitlab-$CI_PROJECT_ID-$CI_JOB_ID" |
    sed -n 's/^backend=//p')
  export PULUMI_BACKEND_URL
done

# A promotion is a commit on a branch, and GitLab checks out none. Git asks for the token when it pushes.
if [ -n "${CI_COMMIT_BRANCH:-}" ]; then
  git switch --quiet --force-create "$CI_COMMIT_BRANCH" "$CI_COMMIT_SHA"
  git branch --quiet --set-upstream-to "origin/$CI_COMMIT_BRANCH"
  git config user.name "GitLab CI"
  git config user.email "ci@$CI_SERVER_HOST"
  git config credential.helper '!f() { echo username=gitlab-ci-token; echo "password=$CI_JOB_TOKEN"; }; f'
fi
