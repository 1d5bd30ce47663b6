// SPDX-License-Identifier: Apache-2.0
// Reads a reply as it comes and keeps nothing of it (Beast parses): for a client that is fast rather than curious.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

namespace migralab {

class ReplyReader final : public boost::beast::http::basic_parser<false> {
public:
  ReplyReader() { eager(true); }

  [[nodiscard]] bool is_ok() const { return status_ == static_cast<int>(boost::beast::http::status::ok); }

private:
  using Text = boost::beast::string_view;
  using Code = boost::beast::error_code;
  using Field = boost::beast::http::field;
  using Length = boost::optional<std::uint64_t>;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Code&) override {}
  void on_response_impl(int code, Text, int, Code&) override { status_ = code; }
  void on_field_impl(Field, Text, Text, Code&) override {}
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const Length&, Code&) override {}
  std::size_t on_body_impl(Text body, Code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override { return body.size(); }
  void on_finish_impl(Code&) override {}

  int status_ = 0;
};

} // namespace migralab
