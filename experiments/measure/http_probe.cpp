// SPDX-License-Identifier: Apache-2.0
// One thread with one event loop (Boost.Asio), one connection per request (Beast reads the reply). Requests start by
// plan, whatever became of the earlier ones; a request owns its socket and lives in its own callbacks.
#include "http_ends.hpp"
#include "migralab/core/error.hpp"
#include "migralab/measure/probe.hpp"
#include "plan.hpp"
#include "worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <unistd.h>

namespace migralab {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t most_connections = 4096; // more would be a client out of room, not a guest's answer
constexpr std::uint64_t longest_body = 64U << 20U;
constexpr int late_factor = 2; // a connection is given up this many time-outs after its planned instant

/// How a request ended that `error` stopped.
RequestEnd end_of(const error_code& error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message || error == asio::error::eof) {
    return RequestEnd::reset; // closed before the whole reply was here
  }
  if (error.category() == http::make_error_code(http::error::end_of_stream).category()) {
    return RequestEnd::bad_reply;
  }
  return end_of_connection(error.value());
}

using Request = http::request<http::empty_body>;

/// One request from connect to the end of the reply. Kept alive by its own callbacks.
class Exchange : public std::enable_shared_from_this<Exchange> {
public:
  using Done = std::function<void(const RequestSample&)>;

  Exchange(
      asio::io_context& loop,
      const ProbeTarget& target,
      const Request& request,
      const RequestSample& sample,
      Done done)
      : target_(target), request_(request), sample_(sample), done_(std::move(done)), socket_(loop), give_up_(loop) {
    reply_.body_limit(longest_body);
  }

  void start() {
    error_code error;
    socket_.open(asio::ip::tcp::v4(), error);
    if (error) {
      sample_.sent.reset();
      return finish(end_of(error));
    }
    give_up_.expires_at(sample_.planned + late_factor * target_.timeout);
    give_up_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled) {
        self->finish(RequestEnd::timed_out);
      }
    });
    const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4(target_.address.value), target_.port);
    socket_.async_connect(endpoint, [self = shared_from_this()](const error_code& failed) {
      if (self->goes_on(failed)) {
        self->write();
      }
    });
  }

private:
  void write() {
    http::async_write(socket_, request_, [self = shared_from_this()](const error_code& failed, std::size_t) {
      if (self->goes_on(failed)) {
        self->read();
      }
    });
  }

  void read() {
    http::async_read(
        socket_, buffer_, reply_, [self = shared_from_this()](const error_code& failed, std::size_t bytes) {
          self->sample_.bytes = static_cast<std::uint32_t>(bytes);
          if (self->goes_on(failed)) {
            self->judge();
          }
        });
  }

  void judge() {
    sample_.answered = std::chrono::steady_clock::now();
    if (reply_.get().result() != http::status::ok) {
      finish(RequestEnd::bad_reply);
    } else {
      finish(*sample_.answered - sample_.planned <= target_.timeout ? RequestEnd::answered : RequestEnd::late);
    }
  }

  bool goes_on(const error_code& failed) {
    if (failed && !finished_) {
      finish(end_of(failed));
    }
    return !finished_;
  }

  void finish(RequestEnd end) {
    finished_ = true;
    sample_.end = end;
    error_code ignored; // the request is over either way
    give_up_.cancel(ignored);
    socket_.close(ignored);
    done_(sample_);
  }

  const ProbeTarget& target_;
  const Request& request_;
  RequestSample sample_;
  Done done_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer give_up_;
  boost::beast::flat_buffer buffer_;
  http::response_parser<http::string_body> reply_;
  bool finished_ = false;
};

Request make_request(const ProbeTarget& target) {
  Request request(http::verb::get, target.path, 11);
  request.set(http::field::host, fmt::format("{}:{}", to_string(target.address), target.port));
  request.set(http::field::user_agent, "migralab");
  request.set(http::field::connection, "close");
  return request;
}

class HttpRun {
public:
  HttpRun(const ProbeTarget& target, int stop_fd)
      : target_(target), request_(make_request(target)), stop_(loop_, ::dup(stop_fd)), next_(loop_),
        plan_(target.rate) {}

  ProbeTrace run() {
    stop_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code&) { finish(); });
    wait_for_next();
    loop_.run();
    return {"http", plan_.interval(), std::move(samples_)};
  }

private:
  void wait_for_next() {
    next_.expires_at(plan_.at(samples_.size()));
    next_.async_wait([this](const error_code&) {
      if (!stopping_) {
        start_due();
        wait_for_next();
      }
    });
  }

  void start_due() {
    const Instant now = std::chrono::steady_clock::now();
    while (plan_.at(samples_.size()) <= now) {
      const std::size_t index = samples_.size();
      RequestSample& sample = samples_.emplace_back();
      sample.sequence = static_cast<std::uint32_t>(index);
      sample.planned = plan_.at(index);
      if (open_ >= most_connections) {
        sample.end = RequestEnd::dropped;
        continue;
      }
      ++open_;
      sample.sent = std::chrono::steady_clock::now();
      std::make_shared<Exchange>(loop_, target_, request_, sample, [this, index](const RequestSample& ended) {
        samples_[index] = ended;
        --open_;
        stop_when_done();
      })->start();
    }
  }

  void finish() {
    start_due(); // what was planned before the stop is sent, however far this thread is behind
    stopping_ = true;
    if (!samples_.empty()) {
      next_.expires_at(samples_.back().planned + target_.timeout);   // also cancels the wait for the next request
      next_.async_wait([this](const error_code&) { loop_.stop(); }); // what is open then stays timed_out
    }
    stop_when_done();
  }

  void stop_when_done() {
    if (stopping_ && open_ == 0) {
      loop_.stop();
    }
  }

  const ProbeTarget& target_;
  Request request_;
  std::vector<RequestSample> samples_;
  std::size_t open_ = 0; // connections
  bool stopping_ = false;
  asio::io_context loop_{1}; // after what its callbacks use: it is destroyed first, and they with it
  asio::posix::stream_descriptor stop_;
  asio::steady_timer next_;
  RequestPlan plan_;
};

class HttpProbe final : public Probe {
public:
  explicit HttpProbe(ProbeTarget target)
      : worker_([target = std::move(target)](int stop_fd) {
          if (target.enter) {
            target.enter();
          }
          make_room_for_connections(most_connections);
          return HttpRun(target, stop_fd).run();
        }) {}

  [[nodiscard]] ProbeTrace stop() override { return worker_.finish(); }

private:
  Worker<ProbeTrace> worker_;
};

} // namespace

std::unique_ptr<Probe> start_http_probe(ProbeTarget target) {
  return std::make_unique<HttpProbe>(std::move(target));
}

} // namespace migralab
