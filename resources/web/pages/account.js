// The person's own account: the entries of its menu.

export const accountEntries = () => [];
