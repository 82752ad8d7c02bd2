// Makes an op known to the setup stream. Include it in the op's own .cpp file only.
#pragma once

#include <kekkai/ops/archive.h>
#include <kekkai/ops/op.h>

#include <memory>
#include <string_view>

namespace kekkai {

/// How ops of one kind travel. Cereal's own registry of polymorphic types would do the same, and
/// make a few hundred small objects each time that a program begins.
struct OpKind {
  std::string_view name;
  void (*save)(OutputArchive&, const Op&);
  std::unique_ptr<Op> (*load)(InputArchive&);
  const OpKind* next;  ///< Another one that is registered, or nullptr.
};

/// The first of all that are registered, which are in no order.
extern const OpKind* first_op_kind;

template <class Spec>
class OpRegistration {
 public:
  explicit OpRegistration(std::string_view name) : kind_{name, save, load, first_op_kind} {
    OpOf<Spec>::registered = first_op_kind = &kind_;
  }
  OpRegistration(const OpRegistration&) = delete;
  OpRegistration& operator=(const OpRegistration&) = delete;
  ~OpRegistration() = default;

 private:
  static void save(OutputArchive& ar, const Op& op) { ar(static_cast<const OpOf<Spec>&>(op).spec); }
  static std::unique_ptr<Op> load(InputArchive& ar) {
    auto op = std::make_unique<OpOf<Spec>>();
    ar(op->spec);
    return op;
  }

  OpKind kind_;
};

}  // namespace kekkai

#define KEKKAI_JOINED(a, b) a##b
#define KEKKAI_REGISTRATION(line) KEKKAI_JOINED(registration_in_line_, line)

/// At the end of an op's .cpp file, outside every namespace: REGISTER_OP(kekkai::ops::Bind,
/// "bind"). The name is what travels in the stream.
#define REGISTER_OP(Spec, name)                                                        \
  namespace {                                                                          \
  const kekkai::OpRegistration<Spec> KEKKAI_REGISTRATION(__LINE__)(name); /* NOLINT */ \
  }
