/**
 * The function `guard_metadata`: the metadata service gives the machine's rights to whoever asks it,
 * which is root alone then.
 */
export const GUARD_FUNCTION = `guard_metadata() {
  command -v nft > /dev/null || {
    echo "there is no nft: every user of this machine can ask the metadata service"
    return 0
  }
  nft -f - << 'END'
table inet sluice_metadata
delete table inet sluice_metadata
table inet sluice_metadata {
  chain output {
    type filter hook output priority 0; policy accept;
    ip daddr 169.254.169.254 meta skuid != 0 reject
    ip6 daddr fd00:ec2::254 meta skuid != 0 reject
  }
}
END
}`;
