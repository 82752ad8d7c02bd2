#include "corpus_attempt.h"

#include <kekkai/ops/register.h>
#include <kekkai/ops/setup_state.h>
#include <kekkai/syscall/kernel.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include <system_error>
#include <utility>

namespace kekkai::kernel_tests {
namespace {

void exchange_names(const std::string& a, const std::string& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return;
  throw std::system_error(errno, std::generic_category(), "renameat2");
}

/// The kernel, with somebody who exchanges two names right before one of the calls.
class ExchangingKernel final : public Kernel {
 public:
  ExchangingKernel(int32_t calls_left, std::string a, std::string b)
      : calls_left_(calls_left), a_(std::move(a)), b_(std::move(b)) {}

  UniqueFd openat2(Fd dir, const std::string& path, Open flags, Resolve resolve,
                   mode_t mode) override {
    count();
    return Kernel::openat2(dir, path, flags, resolve, mode);
  }
  FileStatus statx(Fd file) override {
    count();
    return Kernel::statx(file);
  }
  std::string readlinkat(Fd dir, const std::string& path) override {
    count();
    return Kernel::readlinkat(dir, path);
  }
  void mkdirat(Fd dir, const std::string& name, mode_t mode) override {
    count();
    Kernel::mkdirat(dir, name, mode);
  }
  void symlinkat(const std::string& target, Fd dir, const std::string& name) override {
    count();
    Kernel::symlinkat(target, dir, name);
  }
  void move_mount(Fd mount, Fd target) override {
    count();
    Kernel::move_mount(mount, target);
  }

 private:
  void count() {
    if (calls_left_-- == 0) exchange_names(a_, b_);
  }

  int32_t calls_left_;
  std::string a_, b_;
};

}  // namespace

void Attempt::early(SetupState& state, Dispatcher& k) {
  tried = Ops::decode(encoded);
  try {
    for (size_t i = 0; i < (*tried).size(); ++i) (*tried)[i].early(state, k);
  } catch (const std::exception& e) {
    outcome = std::string(e.what());
  }
}

void Attempt::apply(SetupState& state, Dispatcher& k) {
  racing =
      std::make_shared<ExchangingKernel>(exchange_before, "/host" + a.str(), "/host" + b.str());
  try {
    Dispatcher& used = exchange_before < 0 ? k : **racing;
    for (size_t i = 0; (*outcome).empty() && i < (*tried).size(); ++i) {
      (*tried)[i].apply(state, used);
    }
  } catch (const std::exception& e) {
    outcome = std::string(e.what());
  }
  *tried = Ops();  // and what a refused op still holds
  state.sysroot.symlink(k, (*outcome).empty() ? "worked" : *outcome, "/attempts/" + name);
}

void Exchange::early(SetupState& /*state*/, Dispatcher& /*k*/) const {
  exchange_names(a.str(), b.str());
}

}  // namespace kekkai::kernel_tests

REGISTER_OP(kekkai::kernel_tests::Attempt, "test: attempt")
REGISTER_OP(kekkai::kernel_tests::Exchange, "test: exchange")
