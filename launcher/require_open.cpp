#include <kekkai/launcher/container.h>
#include <kekkai/ops/refusal.h>

namespace kekkai {

void require_open(Dispatcher& k, const std::vector<int>& descriptors) {
  for (const int number : descriptors) {
    if (k.is_open(number)) continue;
    throw Refusal("descriptor " + std::to_string(number) + " is needed, but is not open");
  }
}

}  // namespace kekkai
