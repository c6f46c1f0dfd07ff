// What a tagging action does at least: inputs, the event, a client for the API, outputs and a summary. Its start is
// what the start of the Action is measured beside.
import * as core from '@actions/core'
import { context, getOctokit } from '@actions/github'

async function main() {
  const image = core.getInput('image', { required: true })
  const labels = core.getMultilineInput('labels')
  const octokit = getOctokit(core.getInput('github-token', { required: true }))
  const number = context.payload.pull_request?.number
  const tags = [`pr-${number}-v${context.runNumber}`, `pr-${number}-latest`].map((tag) => `${image}:${tag}`)
  core.setOutput('tags', tags.join('\n'))
  core.setOutput('labels', labels.join('\n'))
  core.setOutput('json', JSON.stringify({ tags, labels, api: octokit.request.endpoint.DEFAULTS.baseUrl }))
  await core.summary.addHeading('Tags').addList(tags).write()
}

main().catch((error) => core.setFailed(error))
