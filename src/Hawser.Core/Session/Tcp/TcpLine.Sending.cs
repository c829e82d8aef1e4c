using System.Buffers.Binary;
using Hawser.Noise;
using Hawser.Transport;

namespace Hawser.Session.Tcp;

// What leaves: frames of the handshake, then T by T whatever waits.
internal sealed partial class TcpLine
{
    public const int MinBuffer = 96 << 10;
    private const int MaxPiece = 65_518; // of a message in one T: session.md §6
    private const int StreamPiece = 16 << 10;
    private const int Sealing = FrameCutter.HeaderSize + 1 + 1 + CipherState.TagSize; // length, letter, form, tag
    private const byte Whole = 0, More = 1, Last = 2, NewKey = 3;

    private CipherState? _send;
    private long _sentFrames;
    private Instant _sendKeyAt;
    private int _cut; // of the control message that is under way in pieces
    private bool _isPingDue;
    private ulong? _pong;
    private CloseReason? _goodbye;

    private static ReadOnlySpan<byte> SealedLetter => "T"u8;

    public bool HasOutput => !_endOrdered && (_raw.Count > 0 || _isEnding || (State is ChannelState.Open && !IsOver
        && (_isPingDue || _pong is not null || _controlOut?.Count > 0 || HasMuxOutput)));

    /// <summary>Fills the buffer with whole frames. False when nothing is left to send now.</summary>
    public bool TryTransmit(Moment now, Span<byte> buffer, out int length)
    {
        length = Math.Min(_raw.Count, buffer.Length);
        _raw.Waiting[..length].CopyTo(buffer);
        _raw.Drop(length);
        if (State is ChannelState.Open && !IsOver) FillT(now, buffer, ref length);
        if (length > 0) return true;
        if (_isEnding && _raw.Count == 0) OrderEnd();
        return false;
    }

    private void FillT(Moment now, Span<byte> buffer, ref int at)
    {
        if (_pong is { } pong && Room(buffer, at) >= 9)
        {
            WriteNumber(now, buffer, ref at, MuxKind.Pong, pong);
            _pong = null;
        }

        while (_controlOut is { } control && Room(buffer, at) > 64 && control.TryPeek(out var message))
        {
            // A message that fits one T leaves whole, or waits for the next buffer.
            var most = Math.Min(MaxPiece, Room(buffer, at));
            if (_cut == 0 && message.Length <= MaxPiece && message.Length > most) return;
            var piece = message.Slice(_cut, Math.Min(message.Length - _cut, most));
            var ends = _cut + piece.Length == message.Length;
            WriteT(now, buffer, ref at, (_cut, ends) switch { (0, true) => Whole, (_, true) => Last, _ => More }, piece);
            _cut = ends ? 0 : _cut + piece.Length;
            (_traffic, _isPingDue) = (now.Mono, false);
            if (!ends) continue;
            control.Drop();
            TellControlRoom();
        }

        if (_cut > 0) return; // nothing comes between the pieces of a message
        if (_goodbye is { } reason)
        {
            if (Room(buffer, at) < 2) return;
            WriteT(now, buffer, ref at, Whole, [(byte)MuxKind.Goodbye, (byte)reason]);
            IsOver = true;
            Become(ChannelSignal.Ended);
            return;
        }

        FillMux(now, buffer, ref at);
        if (_isPingDue && Room(buffer, at) >= 9)
        {
            WriteNumber(now, buffer, ref at, MuxKind.Ping, (ulong)now.Mono.Micros);
            _isPingDue = false;
        }
    }

    private static int Room(ReadOnlySpan<byte> buffer, int at) => buffer.Length - at - 2 * Sealing; // twice: a new key may go before

    private void WriteNumber(Moment now, Span<byte> buffer, ref int at, MuxKind kind, ulong number)
    {
        Span<byte> message = stackalloc byte[9];
        message[0] = (byte)kind;
        BinaryPrimitives.WriteUInt64BigEndian(message[1..], number);
        WriteT(now, buffer, ref at, Whole, message);
    }

    private void WriteT(Moment now, Span<byte> buffer, ref int at, byte form, ReadOnlySpan<byte> piece)
    {
        piece.CopyTo(BeginT(now, buffer, ref at, form, piece.Length));
        EndT(buffer, ref at, piece.Length);
    }

    // Where the piece belongs, so that what is long is copied once.
    private Span<byte> BeginT(Moment now, Span<byte> buffer, ref int at, byte form, int length)
    {
        if (now.Mono - _sendKeyAt >= Options.RekeyAge)
        {
            _sendKeyAt = now.Mono;
            WriteT(now, buffer, ref at, NewKey, []);
            _send!.Rekey();
        }

        var frame = buffer[at..];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(2 + length + CipherState.TagSize));
        frame[FrameCutter.HeaderSize] = SealedLetter[0];
        frame[FrameCutter.HeaderSize + 1] = form;
        return frame.Slice(FrameCutter.HeaderSize + 2, length);
    }

    private void EndT(Span<byte> buffer, ref int at, int length)
    {
        var sealedBytes = buffer.Slice(at + FrameCutter.HeaderSize + 1, 1 + length + CipherState.TagSize);
        _send!.Encrypt(SealedLetter, sealedBytes[..(1 + length)], sealedBytes);
        at += Sealing + length;
        BytesOut += Sealing + length;
        FramesOut++;
        if (++_sentFrames % Options.RekeyAfter == 0) _send.Rekey();
    }
}
