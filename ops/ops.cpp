#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>
#include <kekkai/ops/register.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <typeinfo>

namespace kekkai {
namespace {

const OpKind& kind_of(const Op& op) {
  if (op.kind() == nullptr) throw cereal::Exception(op.describe() + " is of no registered kind");
  return *op.kind();
}

// Often the same as `last`.
const OpKind& find_kind(std::string_view name, const OpKind* last) {
  if (last != nullptr && last->name == name) return *last;
  for (const OpKind* kind = first_op_kind; kind != nullptr; kind = kind->next) {
    if (kind->name == name) return *kind;
  }
  throw cereal::Exception("there is no op named \"" + std::string(name) + "\"");
}

}  // namespace

constinit const OpKind* first_op_kind = nullptr;

Ops::Ops(const Ops& other) {
  list_.reserve(other.list_.size());
  for (const auto& op : other.list_) list_.push_back(op->clone());
}

Ops& Ops::operator=(const Ops& other) {
  if (this != &other) *this = Ops(other);
  return *this;
}

Ops& Ops::append(const Ops& other) {
  Ops copy(other);  // which may be this very list
  const size_t before = list_.size();
  try {
    for (auto& op : copy.list_) take(std::move(op));
  } catch (const Refusal&) {
    list_.resize(before);
    throw;
  }
  return *this;
}

void Ops::take(std::unique_ptr<Op> op) {
  const Op& added = *op;
  const bool is_there = added.only_once() && std::ranges::any_of(list_, [&](const auto& other) {
                          const Op& listed = *other;
                          return typeid(listed) == typeid(added);
                        });
  if (is_there) {
    throw Refusal(added.describe() + " is the second of its kind, and there can be only one");
  }
  list_.push_back(std::move(op));
}

bool Ops::operator==(const Ops& other) const {
  return std::ranges::equal(list_, other.list_,
                            [](const auto& a, const auto& b) { return a->equals(*b); });
}

std::vector<int> Ops::descriptors() const {
  std::set<int> all;
  for (const auto& op : list_) std::ranges::copy(op->descriptors(), std::inserter(all, all.end()));
  return {all.begin(), all.end()};
}

std::string Ops::encode() const {
  std::string bytes;
  OutputArchive ar(bytes);
  ar(cereal::make_size_tag(static_cast<cereal::size_type>(list_.size())));
  for (const auto& op : list_) {
    const OpKind& kind = kind_of(*op);
    ar(std::string(kind.name));
    kind.save(ar, *op);
  }
  return bytes;
}

Ops Ops::decode(std::string_view bytes) {
  InputArchive ar(bytes);
  cereal::size_type size = 0;
  ar(cereal::make_size_tag(size));
  Ops ops;
  std::string name;
  const OpKind* kind = nullptr;
  for (; size > 0; --size) {
    ar(name);
    kind = &find_kind(name, kind);
    ops.take(kind->load(ar));
  }
  if (ar.left() != 0) throw cereal::Exception("there are bytes after the ops");
  return ops;
}

}  // namespace kekkai
