using Hawser.Crypto;
using Hawser.Transport.Streams;
using Hawser.Wire;

namespace Hawser.Transport;

internal sealed partial class Connection
{
    private const int MaxBatch = 65_000; // a segmented send is one UDP datagram to the kernel
    private const int MaxSegments = 64; // UDP_MAX_SEGMENTS
    private const int RoomForAck = 400;
    private const int ConfirmEvery = 32;

    private bool _isPingDue;
    private Instant _pacedUntil = Instant.Never;

    /// <summary>Writes the packets to send next: equal in size but the last, for one destination.</summary>
    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        transmit = default;
        switch (State)
        {
            case ConnectionState.Closing: return TryTransmitClose(buffer, out transmit);
            case ConnectionState.Open: break;
            default: return false;
        }

        if (TryTransmitPath(now, buffer, out transmit) || TryTransmitSizeProbe(now, buffer, out transmit)) return true;
        if (!IsWide && WriteNarrow(now.Mono, buffer) is > 0 and var narrow)
        {
            transmit = new(Route, narrow, narrow);
            return true;
        }

        var segment = !IsWide ? 0 : WriteData(now.Mono, buffer[..Math.Min(PacketCap, buffer.Length)], isFirst: true);
        if (segment > 0)
        {
            var length = segment;
            for (var count = 1; count < MaxSegments && segment > MaxPacket / 2; count++)
            {
                if (length + segment > Math.Min(MaxBatch, buffer.Length)) break;
                var written = WriteData(now.Mono, buffer.Slice(length, segment), isFirst: false);
                length += written;
                if (written < segment) break;
            }

            transmit = new(Route, length, segment);
            return true;
        }

        if (!_isPingDue && !_isAckDue) return false;
        var kind = _isPingDue ? PacketKind.Ping : PacketKind.Ack;
        (_isPingDue, _isAckDue) = (false, false);
        var frames = new SpanWriter(ControlBody(buffer));
        if (IsWide) WriteConfirm(ref frames, least: 1);
        if (IsWide && HasHeard) WriteAck(now.Mono, ref frames);
        if (_moved > 0)
        {
            _moved--;
            frames.WriteU8((byte)FrameKind.Moved);
        }

        var size = SealControl(now, kind, buffer, frames.Written);
        transmit = new(Route, size, size);
        return size > 0;
    }

    // A datagram that was taken for a larger route still goes, whole. Large ones get no room for more: a batch is of one size.
    private int PacketCap => _pending is not null && _pending.TryPeek(out var next)
        ? Math.Max(Math.Min(PacketSize, MaxPacket), next + DatagramOverhead)
        : PacketSize;

    private bool HasHeard => _received.Highest > _lastReceived || _received.Top > _lastReceived;

    // One data packet of at most the target's size; 0 if there is nothing to put in, or no place in the window.
    private int WriteData(Instant now, Span<byte> target, bool isFirst)
    {
        var hasDatagram = _pending is { Count: > 0 };
        var hasOwed = _isSparesDue || _streams is { IsAnythingDue: true };
        var hasBytes = MaySendBytes(now);
        if (!(hasDatagram || hasOwed || hasBytes) || _sent.Count >= Room) return 0;

        ref var packet = ref _sent.Prepare();
        var writer = new SpanWriter(target[DataHeader..^_tagSize]);
        if (hasDatagram) WriteDatagrams(ref writer, ref packet);
        if (hasOwed) WriteOwed(ref writer, ref packet);
        if (writer.Written > 0 || hasBytes)
        {
            WriteConfirm(ref writer, ConfirmEvery);
            if (isFirst && (_unacknowledged > 0 || _isAckDue) && HasHeard && writer.Room >= RoomForAck)
                WriteAck(now, ref writer);
        }

        if (hasBytes) WriteBytes(ref writer, ref packet);
        if (!packet.CarriesAnything) return 0;
        PacketHeader.Write(target, PacketKind.Data, _peerCid, Sequences.Low(_sent.Next), 0);
        return Commit(now, target, DataHeader, writer.Written, ref packet);
    }

    // Seals a data packet whose header and frames are written, and puts it into the window.
    private int Commit(Instant now, Span<byte> target, int header, int body, ref SentPacket packet)
    {
        var (sequence, end) = (_sent.Next, header + body);
        var size = end + _tagSize;
        _seal.For(sequence).Seal(NonceDomain.Data, sequence, target[..header], target[header..end], target[end..size]);
        if (_sent.Count == 0) (_progressAt, _timeouts) = (now, 0);
        (packet.At, packet.Size) = (now, size);
        _congestion?.OnSent(ref packet, _inFlight, _isHeldBack);
        _sent.Add();
        _inFlight += size;
        _restAt = new(now.Micros + RestMicros);
        if (packet.ChunkCount > 0) _pacer?.OnSent(size);
        (PacketsOut, BytesOut) = (PacketsOut + 1, BytesOut + size);
        CountLarge(now, size);
        return size;
    }

    // Streams wait for the congestion window and the pacer; datagrams go as the owner wants them to.
    private bool MaySendBytes(Instant now)
    {
        _pacedUntil = Instant.Never;
        if (!TryPeekSendable(out _))
        {
            _isHeldBack = false;
            return false;
        }

        if (_inFlight + Congestion.SegmentSize > Controller.Window)
        {
            _isHeldBack = true;
            return false;
        }

        return MayPace(now);
    }

    private Congestion Controller => _congestion ??= Congestion.Create(_congestionKind);

    private bool MayPace(Instant now)
    {
        _pacer ??= new();
        if (_pacer.MaySend(now, Controller.PacingRate(_rtt), out _pacedUntil)) return true;
        _isHeldBack = true;
        return false;
    }

    private bool TryPeekSendable(out ByteStream? stream)
    {
        stream = null;
        while (_streams?.Sendable is { } sendable && sendable.TryPeek(out stream))
        {
            if (stream.HasLost || (stream.HasNew && _streams.BytesSent < _streams.BytesAllowedHere)) return true;
            sendable.Dequeue();
            stream.IsQueued = false;
        }

        return false;
    }

    private void WriteBytes(ref SpanWriter writer, ref SentPacket packet)
    {
        while (packet.ChunkCount < SentChunks.Max && writer.Room > Frame.StreamHeader
            && TryPeekSendable(out var stream))
        {
            var before = stream!.SentEnd;
            if (!stream.TryTakeChunk(writer.Room - Frame.StreamHeader, Streams.BytesAllowedHere - Streams.BytesSent, out var chunk))
                return;
            Streams.BytesSent += stream.SentEnd - before;
            var place = Frame.WriteStream(
                ref writer, stream.Id, chunk.Offset, chunk.Length, chunk.Kind is ChunkKind.BytesAndEnd);
            stream.CopySent(chunk.Offset, place);
            _sent.Note(ref packet, chunk);

            Streams.Sendable!.Dequeue(); // the next packet is another stream's
            stream.IsQueued = false;
            Enqueue(stream);
        }
    }

    private void WriteOwed(ref SpanWriter writer, ref SentPacket packet)
    {
        if (_isSparesDue) WriteSpares(ref writer, ref packet);
        if (_streams is not { IsAnythingDue: true } streams) return;
        if (streams.IsCreditDue && writer.Room >= Frame.CreditSize)
        {
            streams.BytesAllowed = Math.Max(streams.BytesAllowed, streams.BytesRead + StreamTable.ReceiveWindow);
            Frame.WriteCredit(ref writer, streams.BytesAllowed);
            (streams.IsCreditDue, packet.CarriesCredit) = (false, true);
        }

        if (streams.IsStreamsCreditDue && writer.Room >= Frame.NumberSize)
        {
            Frame.WriteNumber(ref writer, FrameKind.StreamsCredit, streams.Told = streams.Allowed);
            (streams.IsStreamsCreditDue, packet.CarriesStreamsCredit) = (false, true);
        }

        while (packet.ChunkCount < SentChunks.Max && writer.Room >= Frame.StreamNumberSize
            && streams.Owed is not null && streams.Owed.TryDequeue(out var chunk))
        {
            var stream = chunk.Stream;
            if (chunk.Kind is ChunkKind.Credit) stream.IsCreditOwed = false;
            if (chunk.Kind is ChunkKind.Credit && stream.IsReset) continue;
            if (chunk.Kind is ChunkKind.Credit)
                Frame.WriteOf(ref writer, FrameKind.StreamCredit, stream.Id, stream.RaiseLimit());
            else Frame.WriteOf(ref writer, FrameKind.StreamReset, stream.Id, stream.SentEnd);
            _sent.Note(ref packet, chunk);
        }
    }

    private void WriteConfirm(ref SpanWriter writer, int least)
    {
        var known = _sent.First - 1;
        if (known - _confirmed < least || writer.Room < Frame.NumberSize) return;
        Frame.WriteNumber(ref writer, FrameKind.Confirm, Sequences.Low(_confirmed = known));
    }

    private void WriteAck(Instant now, ref SpanWriter writer)
    {
        var delay = (now - _highestAt).TotalMicroseconds / AckFrame.DelayUnitMicros;
        _received.WriteAck(ref writer, (ushort)Math.Clamp(delay, 0, ushort.MaxValue));
        OnAckSent(now);
    }

    private void OnAckSent(Instant now) =>
        (_unacknowledged, _isAckDue, _ackAt, _nextAckAt) = (0, false, Instant.Never, now + MinAckInterval);

    private int DataHeader => 1 + _peerCid.Length + 4;

    // What a packet needs around a datagram, at most.
    private int DatagramOverhead => _tagSize + (IsWide
        ? DataHeader + Frame.DatagramHeader
        : NarrowHeader.SizeOf(isControl: false, _peerCid.Length, NarrowHeader.MaxMask));

    private int ControlHeader => IsWide ? DataHeader + 4 : NarrowHeader.SizeOf(isControl: true, _peerCid.Length, MaskBytes);

    private Span<byte> ControlBody(Span<byte> buffer) => buffer[ControlHeader..(MaxPacket - RelayPrefix - PacketCipher.TagSize)];

    // Seals the frames that lie in the body of a control packet.
    private int SealControl(Moment now, PacketKind kind, Span<byte> buffer, int frames) =>
        SealControl(now, kind, buffer, frames, _peerCid);

    private int SealControl(Moment now, PacketKind kind, Span<byte> buffer, int frames, in Cid cid)
    {
        if (!TryCountControl(now)) return 0;
        _restAt = new(now.Mono.Micros + RestMicros);
        var last = _sent.Next - 1;
        var header = ControlHeader;
        if (IsWide) PacketHeader.Write(buffer, kind, cid, Sequences.Low(last), (uint)_sentCounter);
        else (NarrowHeaderOf(kind, last, _sentCounter) with { Cid = cid }).Write(buffer);
        if (!IsWide) OnAckSent(now.Mono);
        var end = header + frames;
        _seal.For(last).Seal(
            NonceDomain.Control, _sentCounter, buffer[..header], buffer[header..end], buffer.Slice(end, _tagSize));
        var size = end + _tagSize;
        (PacketsOut, BytesOut) = (PacketsOut + 1, BytesOut + size);
        return size;
    }
}
