// A program with an op of its own. It is its own init, so init knows the op, too.
//
//     own_op COMMAND [ARGUMENT...]
#include "single_user.h"

#include <kekkai/init/init.h>
#include <kekkai/launcher/container.h>
#include <kekkai/ops/register.h>
#include <kekkai/syscall/kernel.h>

#include <iostream>

REGISTER_OP(example::SingleUser, "example.single_user")

int main(int argc, char** argv) {
  kekkai::become_init_if_asked(argv);

  kekkai::Params params;
  params.uid = params.gid = 1000;
  params.ops.bind({.source = "/", .target = "/"}).proc().dev();
  params.ops.add(example::SingleUser{.name = "alice", .id = 1000, .home = "/tmp"});
  params.command.assign(argv + 1, argv + argc);
  params.env = {"PATH=/usr/bin:/bin"};

  kekkai::Kernel kernel;
  kekkai::Container container(kernel, {.params = params, .init = {.self = true}});
  try {
    container.start();
    return container.wait().code();
  } catch (const kekkai::SetupFailure& e) {  // StartError is one
    std::cerr << e.what() << "\n";
    return e.failure.exit_code;
  }
}
