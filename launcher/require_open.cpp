#include <kekkai/launcher/container.h>
#include <kekkai/ops/refusal.h>

namespace kekkai {

void require_open(Dispatcher& k, const Ops& ops) {
  for (const int number : ops.descriptors()) {
    if (k.is_open(number)) continue;
    throw Refusal("descriptor " + std::to_string(number) + " is to be bound, but is not open");
  }
}

}  // namespace kekkai
