/** The function `use_directory`, for when `sssd.conf` is there: logins go by it, and make homes. */
export const DIRECTORY_FUNCTION = `use_directory() {
  if command -v pam-auth-update > /dev/null; then
    pam-auth-update --enable mkhomedir
  else
    authselect select sssd with-mkhomedir --force
    systemctl enable --now oddjobd
  fi
  systemctl restart sssd
}`;
