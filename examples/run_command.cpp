// Runs a command in a container. A complete embedder: this program is its own init.
//
//     run_command COMMAND [ARGUMENT...]
#include <kekkai/init/init.h>
#include <kekkai/launcher/container.h>
#include <kekkai/syscall/kernel.h>

#include <iostream>

int main(int argc, char** argv) {
  kekkai::become_init_if_asked(argv);  // first thing: pid 1 of a container starts here again

  kekkai::Params params;
  params.ops.bind({.source = "/", .target = "/"})
      .tmpfs({.path = "/tmp", .mode = 01777})
      .proc()
      .dev()
      .file({.path = "/tmp/greeting", .content = "hello from outside\n"});
  params.command.assign(argv + 1, argv + argc);
  params.env = {"PATH=/usr/bin:/bin"};

  kekkai::Kernel kernel;
  kekkai::Container container(kernel, {.params = params, .init = {.self = true}});
  try {
    container.start();
    return container.wait().code();
  } catch (const kekkai::StartError& e) {
    std::cerr << e.what() << "\n";
    if (!e.failure.hint.empty()) std::cerr << "hint: " << e.failure.hint << "\n";
    return e.failure.exit_code;
  } catch (const kekkai::InitLost& e) {
    std::cerr << e.what() << "\n";
    return kekkai::kExitSetupFailed;
  }
}
