// Container for Boost.Asio. Heavy to compile: include it only where it is used.
#pragma once

#include <kekkai/launcher/container.h>

#include <unistd.h>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace kekkai {
namespace detail {

// Waits for readability, advances, and goes on until `done`, which it may be at once; then calls
// the handler.
// The container must outlive the operation.
template <class Handler>
class AdvanceUntil : public std::enable_shared_from_this<AdvanceUntil<Handler>> {
 public:
  AdvanceUntil(Container& container, const boost::asio::any_io_executor& executor,
               Container::State done, Handler handler)
      : container_(container),
        readable_(executor, container.status_descriptor()),
        done_(done),
        handler_(std::move(handler)) {}
  AdvanceUntil(const AdvanceUntil&) = delete;
  AdvanceUntil& operator=(const AdvanceUntil&) = delete;
  ~AdvanceUntil() { readable_.release(); }  // the descriptor is the container's

  void begin() {
    if (container_.state() < done_) return go_on();
    boost::asio::post(readable_.get_executor(),
                      [self = this->shared_from_this()] { self->complete(nullptr); });
  }

 private:
  void go_on() {
    readable_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [self = this->shared_from_this()](boost::system::error_code error) {
                           self->on_readable(error);
                         });
  }

  void on_readable(boost::system::error_code error) {
    std::exception_ptr failure;
    try {
      if (error) throw boost::system::system_error(error);
      if (container_.advance() < done_) return go_on();
    } catch (...) {
      failure = std::current_exception();
    }
    complete(failure);
  }

  void complete(const std::exception_ptr& failure) {
    readable_.release();
    std::move(handler_)(failure);
  }

  Container& container_;
  boost::asio::posix::stream_descriptor readable_;
  Container::State done_;
  Handler handler_;
};

template <class Token>
auto async_advance(Container& container, const boost::asio::any_io_executor& executor,
                   Container::State done, Token&& token) {
  return boost::asio::async_initiate<Token, void(std::exception_ptr)>(
      [&container, executor, done](auto handler) {
        using Operation = AdvanceUntil<decltype(handler)>;
        std::make_shared<Operation>(container, executor, done, std::move(handler))->begin();
      },
      token);
}

}  // namespace detail

/// Starts a container; completes with void(std::exception_ptr) when the program runs, or with the
/// StartError. Throws StartError itself where not even init could be made.
template <class Token>
auto async_start(Container& container, const boost::asio::any_io_executor& executor,
                 Token&& token) {
  container.launch();
  return detail::async_advance(container, executor, Container::State::kRunning,
                               std::forward<Token>(token));
}

/// Waits for the end of a started container; completes with void(std::exception_ptr). How it ended
/// is in Container::exit_status() then.
template <class Token>
auto async_wait(Container& container, const boost::asio::any_io_executor& executor, Token&& token) {
  return detail::async_advance(container, executor, Container::State::kEnded,
                               std::forward<Token>(token));
}

}  // namespace kekkai
