/** The fields of a manifest that only the owner can fill in, and that a package needs before it is published. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly repository?: string | { readonly type?: string; readonly url?: string; readonly directory?: string }
  readonly homepage?: string
  readonly bugs?: string | { readonly url?: string; readonly email?: string }
}

const isAddress = (text: string | undefined): boolean => text !== undefined && /^https:\/\/[^/]+\.[^/]+/.test(text)

/** The problems that prevent a package from being published, each as a sentence that says what to do. `folder` is its path in the repository. */
export const releaseProblems = (manifest: Manifest, folder: string): ReadonlyArray<string> => {
  const { bugs, homepage, name, repository } = manifest
  const file = `${folder}/package.json`
  const url = typeof repository === "object" ? repository.url : undefined
  const directory = typeof repository === "object" ? repository.directory : undefined
  const report = typeof bugs === "object" ? (bugs.url ?? bugs.email) : bugs
  return [
    ...(url !== undefined && /^git\+https:\/\/github\.com\/[^/]+\/[^/]+\.git$/.test(url)
      ? []
      : [
          `${name}: set repository in ${file} to { "type": "git", "url": "git+https://github.com/<owner>/<name>.git", "directory": "${folder}" }. ` +
            "npm checks the provenance against it."
        ]),
    ...(url === undefined || directory === folder
      ? []
      : [`${name}: set repository.directory in ${file} to "${folder}".`]),
    ...(isAddress(homepage) ? [] : [`${name}: set homepage in ${file} to the URL of the documentation.`]),
    ...(isAddress(report) || (report?.includes("@") ?? false)
      ? []
      : [`${name}: set bugs in ${file} to { "url": "https://github.com/<owner>/<name>/issues" }.`])
  ]
}
