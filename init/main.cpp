// kekkai-init: pid 1 of a container. Started by launchers, not by people.
#include <kekkai/init/init.h>
#include <kekkai/init/streams.h>
#include <kekkai/syscall/kernel.h>

#include <stdlib.h>

int main() {
  kekkai::Kernel kernel;
  kernel.exit(kekkai::run_init(kernel, ::getenv(kekkai::kSetupVariable)));
}
