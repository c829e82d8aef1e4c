using System.Buffers.Binary;
using Hawser.Noise;
using Hawser.Transport;

namespace Hawser.Session.Tcp;

// What comes in T: messages whole or in pieces, the control stream's and the carrier's own.
internal sealed partial class TcpLine
{
    private CipherState? _receive;
    private long _receivedFrames;
    private ByteQueue? _pieces;

    private void TakeT(Moment now, Span<byte> box)
    {
        if (box.Length < 1 + CipherState.TagSize || !_receive!.TryDecrypt(SealedLetter, box, box[..^CipherState.TagSize]))
        {
            Silence(now, TcpDrop.BadSeal);
            return;
        }

        BytesIn += FrameCutter.HeaderSize + 1 + box.Length;
        FramesIn++;
        if (++_receivedFrames % Options.RekeyAfter == 0) _receive.Rekey();
        (_heard, _isPinged) = (now.Mono, false);
        if (!_isConfirmed) Confirm(now);
        var form = box[0];
        var piece = box[1..^CipherState.TagSize];
        var kept = (_pieces?.Count ?? 0) > 0;
        switch (form)
        {
            case Whole when !kept && piece.Length > 0:
                TakeMessage(now, piece);
                break;
            case More when piece.Length > 0 && piece.Length + (_pieces?.Count ?? 0) <= TcpOptions.MaxMessage:
                (_pieces ??= new()).Append(piece);
                break;
            case Last when kept && piece.Length > 0 && piece.Length + _pieces!.Count <= TcpOptions.MaxMessage:
                _pieces.Append(piece);
                TakeMessage(now, _pieces.Waiting);
                _pieces = null;
                break;
            case NewKey when piece.IsEmpty:
                _receive.Rekey();
                break;
            default:
                Silence(now, TcpDrop.BrokenRule);
                break;
        }
    }

    // The initiator has A, so it is who it said: from here on what it sends has effects.
    private void Confirm(Moment now)
    {
        _isConfirmed = true;
        _rtt = now.Mono - _opened;
        _owner.Events.Add(new EndpointEvent.Established(Id, Route, PeerKey, []));
        _owner.Opened(this);
    }

    private void TakeMessage(Moment now, ReadOnlySpan<byte> message)
    {
        if (IsOver || _isEnding) return;
        var kind = (MuxKind)message[0];
        if (kind >= MuxKind.FirstControl)
        {
            _traffic = now.Mono;
            TakeControl(message);
            return;
        }

        var body = message[1..];
        var taken = kind switch
        {
            MuxKind.Ping => TakePing(body),
            MuxKind.Pong => TakePong(now, body),
            MuxKind.Goodbye => TakeGoodbye(body),
            _ => TakeMux(now, kind, body),
        };
        if (!taken) Silence(now, TcpDrop.BrokenRule);
    }

    private bool TakePing(ReadOnlySpan<byte> body)
    {
        if (body.Length != 8) return false;
        _pong = BinaryPrimitives.ReadUInt64BigEndian(body);
        return true;
    }

    private bool TakePong(Moment now, ReadOnlySpan<byte> body)
    {
        if (body.Length != 8) return false;
        var sent = BinaryPrimitives.ReadUInt64BigEndian(body);
        if (sent <= (ulong)now.Mono.Micros && new Instant((long)sent) >= _opened)
        {
            var sample = now.Mono - new Instant((long)sent);
            _rtt = _rtt == TimeSpan.Zero || !_isMeasured ? sample : (_rtt * 7 + sample) / 8;
            _isMeasured = true;
        }

        return true;
    }

    private bool TakeGoodbye(ReadOnlySpan<byte> body)
    {
        if (body.Length != 1) return false;
        Tell((CloseReason)body[0]);
        Become(ChannelSignal.Ended);
        OrderEnd();
        return true;
    }
}
