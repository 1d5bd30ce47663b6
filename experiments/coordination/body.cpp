// SPDX-License-Identifier: Apache-2.0
#include "body.hpp"

#include <algorithm>

namespace migralab::coordination {

namespace {

// Writing.

/// Cut, and on one line: explanations come from libraries and end in logs.
std::string plain(const std::string& text) {
  std::string line = text.substr(0, longest_text);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char byte) { return byte < 0x20U || byte == 0x7fU; }, ' ');
  return line;
}

void write(Writer& writer, const balance::Load& load) {
  writer.real(load.cpu);
  writer.real(load.mem);
  writer.real(load.net);
}

void write(Writer& writer, const OrderId& id) {
  writer.u64(id.coordinator);
  writer.u64(id.number);
}

void write(Writer& writer, const Order& order) {
  write(writer, order.id);
  writer.text(order.guest);
  writer.text(order.to);
}

void write(Writer& writer, const GuestReport& guest) {
  writer.text(guest.name);
  writer.u8(static_cast<std::uint8_t>(guest.state));
  write(writer, guest.load);
  writer.real(guest.image_mb);
}

template <typename T> void write(Writer& writer, const std::vector<T>& list) {
  writer.u16(static_cast<std::uint16_t>(list.size()));
  for (const T& one : list) {
    write(writer, one);
  }
}

void write(Writer& writer, const ReportPart& part) {
  writer.u8(part.part);
  writer.u8(part.parts);
  writer.u64(part.slice.ticket);
  writer.text(plain(part.slice.problem));
  write(writer, part.slice.sample.load);
  write(writer, part.slice.sample.capacity);
  write(writer, part.slice.orders);
  write(writer, part.slice.sample.guests);
}

struct BodyWriter {
  Writer& writer;

  void operator()(const Hello& /*body*/) const {}
  void operator()(const Welcome& /*body*/) const {}
  void operator()(const Ack& /*body*/) const {}
  void operator()(const VmInfo& body) const { write(writer, body.report); }
  void operator()(const SendInfo& body) const { writer.u64(body.round); }
  void operator()(const Info& body) const {
    writer.u64(body.round);
    write(writer, body.report);
  }
  void operator()(const Migrate& body) const {
    writer.u64(body.ticket);
    writer.u8(body.order ? 1 : 0);
    if (body.order) {
      write(writer, *body.order);
    }
  }
  void operator()(const MigrationFinished& body) const {
    write(writer, body.order);
    writer.u8(static_cast<std::uint8_t>(body.outcome));
    writer.u64(body.ticket);
    writer.text(plain(body.why));
  }
};

template <typename T> std::size_t size_of(const T& value) {
  Writer writer;
  write(writer, value);
  return writer.bytes().size();
}

// Reading.

/// As plain() makes them.
std::string read_text(Reader& reader) {
  std::string text = reader.text();
  if (plain(text) != text) {
    reader.fail();
  }
  return text;
}

std::string read_name(Reader& reader) {
  std::string name = reader.text();
  if (!is_name(name)) {
    reader.fail();
  }
  return name;
}

/// One of `count` values.
template <typename Enum> Enum read_enum(Reader& reader, std::uint8_t count) {
  const std::uint8_t value = reader.u8();
  if (value >= count) {
    reader.fail();
    return Enum{};
  }
  return static_cast<Enum>(value);
}

balance::Load read_load(Reader& reader) {
  balance::Load load;
  load.cpu = reader.real();
  load.mem = reader.real();
  load.net = reader.real();
  return load;
}

OrderId read_order_id(Reader& reader) {
  OrderId id;
  id.coordinator = reader.u64();
  id.number = reader.u64();
  return id;
}

Order read_order(Reader& reader) {
  Order order;
  order.id = read_order_id(reader);
  order.guest = read_name(reader);
  order.to = read_name(reader);
  return order;
}

GuestReport read_guest(Reader& reader) {
  GuestReport guest;
  guest.name = reader.text();
  guest.state = read_enum<GuestState>(reader, guest_states);
  guest.load = read_load(reader);
  guest.image_mb = reader.real();
  return guest;
}

template <typename T, typename Read> std::vector<T> read_list(Reader& reader, Read&& read) {
  std::vector<T> list;
  for (std::uint16_t left = reader.u16(); left > 0 && !reader.failed(); --left) {
    list.push_back(read(reader));
  }
  return list;
}

ReportPart read_part(Reader& reader) {
  ReportPart part;
  part.part = reader.u8();
  part.parts = reader.u8();
  part.slice.ticket = reader.u64();
  part.slice.problem = read_text(reader);
  part.slice.sample.load = read_load(reader);
  part.slice.sample.capacity = read_load(reader);
  part.slice.orders = read_list<Order>(reader, read_order);
  part.slice.sample.guests = read_list<GuestReport>(reader, read_guest);
  if (part.part >= part.parts || !problem_of(part.slice.sample).empty()) {
    reader.fail();
  }
  return part;
}

Info read_info(Reader& reader) {
  const std::uint64_t round = reader.u64();
  return {round, read_part(reader)};
}

Migrate read_migrate(Reader& reader) {
  Migrate body;
  body.ticket = reader.u64();
  if (read_enum<std::uint8_t>(reader, 2) == 1) {
    body.order = read_order(reader);
  }
  return body;
}

MigrationFinished read_finished(Reader& reader) {
  MigrationFinished body;
  body.order = read_order_id(reader);
  body.outcome = read_enum<Outcome>(reader, outcomes);
  body.ticket = reader.u64();
  body.why = read_text(reader);
  return body;
}

} // namespace

std::size_t encoded_size(const ReportPart& part) {
  return sizeof(std::uint64_t) + size_of(part);
}

std::size_t encoded_size(const Order& order) {
  return size_of(order);
}

std::size_t encoded_size(const GuestReport& guest) {
  return size_of(guest);
}

void write(Writer& writer, const Body& body) {
  std::visit(BodyWriter{writer}, body);
}

Body read_body(Reader& reader, std::uint8_t type) {
  switch (type) {
  case 1:
    return Hello{};
  case 2:
    return Welcome{};
  case 3:
    return Ack{};
  case 4:
    return VmInfo{read_part(reader)};
  case 5:
    return SendInfo{reader.u64()};
  case 6:
    return read_info(reader);
  case 7:
    return read_migrate(reader);
  case 8:
    return read_finished(reader);
  default:
    reader.fail();
    return Hello{};
  }
}

} // namespace migralab::coordination
