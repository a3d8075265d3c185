/** Copies a text. A page without a secure context has no `navigator.clipboard`, and copies the selection instead. */
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
