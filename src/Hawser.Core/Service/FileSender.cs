namespace Hawser.Service;

/// <summary>
/// Offers files one after the other on a stream. The contents never pass through: the shell writes them itself when
/// told from where, and says how much. Spec: file.md §7.
/// </summary>
internal sealed class FileSender
{
    private readonly byte[] _reply = new byte[FileReply.Size];
    private int _held;

    /// <summary>The states of file.md §7.</summary>
    internal enum State { Idle, Offered, Sending, AwaitingReceipt, Broken }

    public State Now { get; private set; }

    /// <summary>The offer under way, or the last one.</summary>
    public FileOffer? Current { get; private set; }

    /// <summary>Bytes of the current file that are still to be written.</summary>
    public long Left { get; private set; }

    /// <summary>Starts on a file: what is to be written first. Only when idle.</summary>
    public int Offer(FileOffer offer, Span<byte> target)
    {
        if (Now is not State.Idle) throw new InvalidOperationException($"The sender is {Now}.");
        (Current, Now) = (offer, State.Offered);
        return offer.Write(target);
    }

    /// <summary>So many bytes of the file were written.</summary>
    public void Wrote(int count)
    {
        if (Now is not State.Sending || count > Left) throw new InvalidOperationException("There is no more to write.");
        Left -= count;
        if (Left == 0) Now = State.AwaitingReceipt;
    }

    /// <summary>
    /// Takes bytes off the stream up to the end of a reply: how many were used. A reply that makes no sense breaks the
    /// transfer, and nothing mends it.
    /// </summary>
    public int Receive(ReadOnlySpan<byte> bytes, out FileReply? reply)
    {
        reply = null;
        if (Now is State.Broken || bytes.IsEmpty) return 0;
        var used = Math.Min(bytes.Length, FileReply.Size - _held);
        bytes[..used].CopyTo(_reply.AsSpan(_held));
        _held += used;
        if (_held < FileReply.Size) return used;
        _held = 0;
        if (FileReply.TryRead(_reply, out var read) && Follow(read)) reply = read;
        else Now = State.Broken;
        return used;
    }

    // A receiver that gives up midway says why; what was written meanwhile is lost on it, so the stream is over.
    private bool Follow(in FileReply reply)
    {
        var accepted = reply is { Kind: FileReplyKind.Answer, Verdict: FileVerdict.Yes };
        if (reply.Offset > (Current?.Size ?? 0)) return false;
        State? next = (Now, reply.Kind) switch
        {
            (State.Offered, FileReplyKind.Answer) when !accepted => State.Idle,
            (State.Offered, FileReplyKind.Answer) => reply.Offset < Current!.Size ? State.Sending : State.AwaitingReceipt,
            (State.AwaitingReceipt, FileReplyKind.Receipt) => State.Idle,
            (State.Sending, FileReplyKind.Receipt) when reply.Verdict is not FileVerdict.Yes => State.Broken,
            _ => null,
        };
        if (next is not { } state) return false;
        if (accepted) Left = Current!.Size - reply.Offset;
        Now = state;
        return true;
    }
}
