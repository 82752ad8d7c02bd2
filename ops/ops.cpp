#include <kekkai/ops/archive.h>
#include <kekkai/ops/ops.h>
#include <kekkai/ops/refusal.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <typeinfo>

namespace kekkai {

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
  ar(list_);
  return bytes;
}

Ops Ops::decode(std::string_view bytes) {
  std::vector<std::unique_ptr<Op>> list;
  InputArchive ar(bytes);
  ar(list);
  if (ar.left() != 0) throw cereal::Exception("there are bytes after the ops");
  Ops ops;
  for (auto& op : list) {
    if (op == nullptr) throw cereal::Exception("an op is missing");
    ops.take(std::move(op));
  }
  return ops;
}

}  // namespace kekkai
