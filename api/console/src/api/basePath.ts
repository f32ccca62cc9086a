/** The path below which the centre is reached, "/" or "/gridwatch/"; the centre writes it into `<base>`. */
export const BASE_PATH = new URL(document.baseURI).pathname;
