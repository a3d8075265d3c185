/** Made by the build: what the programs import, by specifier and name. */
declare module "shared-modules" {
  export const modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}
