using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>
/// What a node and a hub say on the control stream of the connection between them, one frame each: a kind byte and a
/// body of exact length. Spec: rendezvous.md §4.
/// </summary>
internal abstract record LineMessage
{
    public const int MaxBlob = 1_024; // rendezvous.md §6
    public const int MaxSize = 1 + 8 + 32 + 1 + MaxBlob;
    public const byte FirstKind = 16, LastKind = 30;

    private LineMessage() { }

    /// <summary>Node: I keep this line, and am to be found on it. The signature is of the sign-on key.</summary>
    public sealed record Hello(ulong Boot, VerifyKey SignOn, byte[] Signature) : LineMessage;

    /// <summary>Hub: here your packets come from; the handshake's return path has proved it (method 0).</summary>
    public sealed record Observed(HostPort Address) : LineMessage;

    /// <summary>Hub: you are present, under this boot number.</summary>
    public sealed record Welcome(ulong Boot) : LineMessage;

    /// <summary>Hub: you are not, or no longer.</summary>
    public sealed record Goodbye(LineVerdict Verdict) : LineMessage;

    /// <summary>Node, and the hub's echo.</summary>
    public sealed record KeepAlive(uint Number) : LineMessage;

    /// <summary>Node: hand this to whoever holds that channel key. The number is mine.</summary>
    public sealed record Request(ulong Number, DhPublicKey Target, bool Relay, byte[] Blob) : LineMessage;

    /// <summary>Hub: somebody asks for you. The number is the hub's.</summary>
    public sealed record Call(ulong Number, byte[] Blob) : LineMessage;

    /// <summary>Node: what I answer to the call.</summary>
    public sealed record Reply(ulong Number, bool Relay, byte[] Blob) : LineMessage;

    /// <summary>Hub: the answer to the request, and the number at the relay, or 0.</summary>
    public sealed record Answer(ulong Number, ulong Allocation, byte[] Blob) : LineMessage;

    /// <summary>Hub: nobody, or nobody for you.</summary>
    public sealed record Refusal(ulong Number) : LineMessage;

    /// <summary>Hub: your answer to the call has gone out, and your number at the relay, or 0.</summary>
    public sealed record Delivered(ulong Number, ulong Allocation) : LineMessage;

    /// <summary>Hub: another node of your identity was present, with this boot number of an earlier restore.</summary>
    public sealed record Displaced(ulong Boot) : LineMessage;

    /// <summary>Hub: answer this, so that it is known whose address this is before anybody is introduced or relayed to.</summary>
    public sealed record AddressAsk(RoutingId Prover, StunId Challenge) : LineMessage;

    /// <summary>Node: the answer of the key that is certified (address.md §4.3, method 0).</summary>
    public sealed record AddressReply(AddressAnswer Proof) : LineMessage;

    /// <summary>Hub: the certificate (address.md §4.4).</summary>
    public sealed record AddressGrant(AddressCertificate Certificate) : LineMessage;

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LineMessage? message)
    {
        var reader = new SpanReader(bytes);
        message = reader.TryReadU8(out var kind) ? Body(kind, ref reader) : null;
        if (!reader.AtEnd) message = null;
        return message is not null;
    }

    public int Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteU8(Kind);
        switch (this)
        {
            case Hello hello:
                writer.WriteU64(hello.Boot);
                writer.Write(hello.SignOn.Bytes);
                writer.Write(hello.Signature);
                break;
            case Observed observed: CandidateList.WriteAddress(ref writer, observed.Address); break;
            case Welcome welcome: writer.WriteU64(welcome.Boot); break;
            case Displaced displaced: writer.WriteU64(displaced.Boot); break;
            case Goodbye goodbye: writer.WriteU8((byte)goodbye.Verdict); break;
            case KeepAlive alive: writer.WriteU32(alive.Number); break;
            case Request request:
                writer.WriteU64(request.Number);
                writer.Write(request.Target.Bytes);
                writer.WriteU8((byte)(request.Relay ? 1 : 0));
                writer.Write(request.Blob);
                break;
            case Call call:
                writer.WriteU64(call.Number);
                writer.Write(call.Blob);
                break;
            case Reply reply:
                writer.WriteU64(reply.Number);
                writer.WriteU8((byte)(reply.Relay ? 1 : 0));
                writer.Write(reply.Blob);
                break;
            case Answer answer:
                writer.WriteU64(answer.Number);
                writer.WriteU64(answer.Allocation);
                writer.Write(answer.Blob);
                break;
            case AddressAsk ask:
                ask.Prover.CopyTo(writer.Take(RoutingId.Size));
                ask.Challenge.CopyDrawnTo(writer.Take(StunId.DrawnSize));
                break;
            case AddressReply answered: writer.Write(answered.Proof.ToArray()); break;
            case AddressGrant grant: writer.Write(grant.Certificate.ToArray()); break;
            case Refusal refusal: writer.WriteU64(refusal.Number); break;
            case Delivered delivered:
                writer.WriteU64(delivered.Number);
                writer.WriteU64(delivered.Allocation);
                break;
        }

        return writer.Written;
    }

    public byte[] ToArray()
    {
        Span<byte> buffer = stackalloc byte[MaxSize];
        return buffer[..Write(buffer)].ToArray();
    }

    private byte Kind => this switch
    {
        Hello => 16,
        Observed => 17,
        Welcome => 18,
        Goodbye => 19,
        KeepAlive => 20,
        Request => 21,
        Call => 22,
        Reply => 23,
        Answer => 24,
        Refusal => 25,
        Delivered => 26,
        Displaced => 27,
        AddressAsk => 28,
        AddressReply => 29,
        AddressGrant => 30,
        _ => throw new InvalidOperationException(GetType().Name), // no other can be derived
    };

    private static LineMessage? Body(byte kind, ref SpanReader reader)
    {
        ulong number, other;
        switch (kind)
        {
            case 16:
                return reader.TryReadU64(out number) && reader.TryReadBytes32(out var signOn)
                    && reader.TryTake(SigningKey.SignatureSize, out var signature)
                    ? new Hello(number, new(signOn), signature.ToArray()) : null;
            case 17: return CandidateList.TryReadAddress(ref reader, out var address) ? new Observed(address) : null;
            case 18: return reader.TryReadU64(out number) ? new Welcome(number) : null;
            case 19:
                return reader.TryReadU8(out var verdict) && verdict is >= 1 and <= (byte)LineVerdict.Superseded
                    ? new Goodbye((LineVerdict)verdict) : null;
            case 20: return reader.TryReadU32(out var alive) ? new KeepAlive(alive) : null;
            case 21:
                return reader.TryReadU64(out number) && reader.TryReadBytes32(out var target)
                    && TryReadFlag(ref reader, out var wanted) && TryReadBlob(ref reader, out var asked)
                    ? new Request(number, new(target), wanted, asked) : null;
            case 22: return reader.TryReadU64(out number) && TryReadBlob(ref reader, out var called) ? new Call(number, called) : null;
            case 23:
                return reader.TryReadU64(out number) && TryReadFlag(ref reader, out var willing)
                    && TryReadBlob(ref reader, out var replied) ? new Reply(number, willing, replied) : null;
            case 24:
                return reader.TryReadU64(out number) && reader.TryReadU64(out other) && TryReadBlob(ref reader, out var answered)
                    ? new Answer(number, other, answered) : null;
            case 25: return reader.TryReadU64(out number) ? new Refusal(number) : null;
            case 26:
                return reader.TryReadU64(out number) && reader.TryReadU64(out other) ? new Delivered(number, other) : null;
            case 27: return reader.TryReadU64(out number) ? new Displaced(number) : null;
            case 28:
                return reader.TryTake(RoutingId.Size, out var prover) && RoutingId.TryRead(prover, out var admin)
                    && reader.TryTake(StunId.DrawnSize, out var challenge) ? new AddressAsk(admin, StunId.Of(challenge)) : null;
            case 29: return reader.TryTake(AddressAnswer.Size, out var shown) && AddressAnswer.TryRead(shown, out var proof) ? new AddressReply(proof!) : null;
            case 30:
                return reader.TryTake(AddressCertificate.Size, out var signed) && AddressCertificate.TryRead(signed, out var certificate)
                    ? new AddressGrant(certificate!) : null;
            default: return null;
        }
    }

    private static bool TryReadFlag(ref SpanReader reader, out bool flag)
    {
        var read = reader.TryReadU8(out var value) && value <= 1;
        flag = read && value == 1;
        return read;
    }

    private static bool TryReadBlob(ref SpanReader reader, out byte[] blob)
    {
        blob = [];
        if (reader.Rest.Length is 0 or > MaxBlob || !reader.TryTake(reader.Rest.Length, out var bytes)) return false;
        blob = bytes.ToArray();
        return true;
    }
}

/// <summary>Why a hub does not hold a node present.</summary>
internal enum LineVerdict : byte
{
    /// <summary>The signature is wrong, or the key has not signed on here.</summary>
    NotSignedOn = 1,

    /// <summary>The same channel key has come with this boot number on a newer line, or with a higher one.</summary>
    Superseded = 2,
}
