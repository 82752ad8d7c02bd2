#include <kekkai/ops/handed_in.h>
#include <kekkai/ops/refusal.h>

#include <string>

namespace kekkai {

Fd handed_in(const SetupState& state, int number) {
  const UniqueFd& file = state.handed_in.at(number);
  if (file) return file;
  throw Refusal("descriptor " + std::to_string(number) +
                " was used up by an earlier op: pass one for each");
}

UniqueFd take_handed_in(SetupState& state, int number) {
  handed_in(state, number);
  return std::move(state.handed_in.at(number));
}

void check_descriptor(int number) {
  if (number >= 0) return;
  throw Refusal("a descriptor is 0 or more, and not " + std::to_string(number));
}

}  // namespace kekkai
