/** The path below which the centre is reached, "/" or "/gridwatch/"; the centre writes it into the page. */
export const BASE_PATH = document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? "/";
