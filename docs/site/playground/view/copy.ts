/** Copies a text. A page that is no secure context has no `navigator.clipboard`, and copies what is selected. */
export const copy = async (text: string): Promise<void> => {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text)
  const area = document.createElement("textarea")
  const focused = document.activeElement
  area.value = text
  area.setAttribute("readonly", "")
  area.style.position = "fixed"
  area.style.opacity = "0"
  document.body.append(area)
  area.select()
  document.execCommand("copy")
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
}
