// kekkai-init: pid 1 of a container. Started by launchers, not by people.
#include <kekkai/init/recorded_init.h>
#include <kekkai/syscall/kernel.h>

int main() {
  kekkai::Kernel kernel;
  kernel.exit(kekkai::run_init_as_asked(kernel));
}
