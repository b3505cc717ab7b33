
#include "cli/keyring/verbs.hpp"

namespace ropewalk::cli {

void add_keyring_noun(command_line& line) {
  CLI::App& keyring = line.noun("keyring", "the keys that sign checkpoints and task tokens: list, rotate, revoke");
  add_keyring_create(line, keyring);
  add_keyring_list(line, keyring);
  add_keyring_rotate(line, keyring);
  add_keyring_revoke(line, keyring);
}

} // namespace ropewalk::cli
