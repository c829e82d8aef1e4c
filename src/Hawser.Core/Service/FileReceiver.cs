using Hawser.Crypto;

namespace Hawser.Service;

/// <summary>
/// Takes offers and contents off a stream. The shell decides, stores, and only then says so: a receipt is not
/// written before <see cref="Stored"/>. Spec: file.md §7.
/// </summary>
internal sealed class FileReceiver : IDisposable
{
    private readonly byte[] _offer = new byte[FileOffer.FixedSize + byte.MaxValue];
    private readonly Sha256Stream _hash = new();
    private int _held;

    /// <summary>The states of file.md §7.</summary>
    internal enum State { Idle, Offered, Misnamed, Held, Receiving, Complete, Broken }

    public State Now { get; private set; }

    /// <summary>The offer under way, or the last one.</summary>
    public FileOffer? Current { get; private set; }

    /// <summary>Bytes of the current file that are still to come.</summary>
    public long Left { get; private set; }

    /// <summary>Whether the stream may end here: no offer is under way, nor the beginning of one.</summary>
    public bool IsBetweenFiles => Now is State.Idle && _held == 0;

    /// <summary>
    /// Takes bytes off the stream, up to the end of an offer or of a file: how many were used. Contents are not copied.
    /// </summary>
    /// <param name="bytes">What came.</param>
    /// <param name="contents">What of it belongs to the file, next in order: to be written before the next call.</param>
    public int Receive(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> contents)
    {
        contents = default;
        if (Now is State.Idle) return ReceiveOffer(bytes);
        if (Now is not State.Receiving) return 0;
        contents = bytes[..(int)Math.Min(Left, bytes.Length)];
        _hash.Append(contents);
        Left -= contents.Length;
        if (Left == 0) Now = State.Complete;
        return contents.Length;
    }

    /// <summary>Before accepting with an offset: what of the file is here already, in order.</summary>
    public void Resume(ReadOnlySpan<byte> contents)
    {
        Require(State.Offered);
        _hash.Append(contents);
        Left -= contents.Length;
        if (Left < 0) throw new InvalidOperationException("More is here than was offered.");
    }

    /// <summary>Takes the file: what to write.</summary>
    public int Accept(Span<byte> target)
    {
        Require(State.Offered);
        Now = Left == 0 ? State.Complete : State.Receiving;
        return new FileReply(FileReplyKind.Answer, FileVerdict.Yes, Current!.Size - Left).Write(target);
    }

    /// <summary>The shell holds a file of these very contents under this name: what to write.</summary>
    public int AcceptHeld(Span<byte> target)
    {
        Require(State.Offered);
        (Left, Now) = (0, State.Held);
        return new FileReply(FileReplyKind.Answer, FileVerdict.Yes, Current!.Size).Write(target);
    }

    /// <summary>Confirms what was held: what to write.</summary>
    public int StoredBefore(Span<byte> target)
    {
        Require(State.Held);
        Finish();
        return new FileReply(FileReplyKind.Receipt, FileVerdict.Yes, 0).Write(target);
    }

    /// <summary>Does not take the file: what to write.</summary>
    public int Decline(FileVerdict verdict, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(verdict, FileVerdict.Yes);
        if (Now is not State.Misnamed) Require(State.Offered);
        Finish();
        return new FileReply(FileReplyKind.Answer, verdict, 0).Write(target);
    }

    /// <summary>Whether what came is what was offered. Only when complete.</summary>
    public bool Matches()
    {
        Require(State.Complete);
        return _hash.Current() == Current!.Hash;
    }

    /// <summary>The file is durable under its name: what to write.</summary>
    public int Stored(Span<byte> target)
    {
        if (!Matches()) throw new InvalidOperationException("It is another file.");
        Finish();
        return new FileReply(FileReplyKind.Receipt, FileVerdict.Yes, 0).Write(target);
    }

    /// <summary>
    /// The file was accepted and still could not be stored: what to write. Before its last byte has come this is the
    /// end of the stream, since nobody knows any more what follows on it.
    /// </summary>
    public int NotStored(FileVerdict verdict, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(verdict, FileVerdict.Yes);
        if (Now is State.Receiving) Now = State.Broken;
        else
        {
            Require(State.Complete);
            Finish();
        }

        return new FileReply(FileReplyKind.Receipt, verdict, 0).Write(target);
    }

    public void Dispose() => _hash.Dispose();

    // The last of the fixed bytes tells how long the name is.
    private int ReceiveOffer(ReadOnlySpan<byte> bytes)
    {
        var used = 0;
        while (used < bytes.Length && Now is State.Idle)
        {
            var fixedPart = _held < FileOffer.FixedSize;
            var want = FileOffer.FixedSize + (fixedPart ? 0 : _offer[FileOffer.FixedSize - 1]);
            var count = Math.Min(want - _held, bytes.Length - used);
            bytes.Slice(used, count).CopyTo(_offer.AsSpan(_held));
            (used, _held) = (used + count, _held + count);
            if (_held >= FileOffer.FixedSize && _held == FileOffer.FixedSize + _offer[FileOffer.FixedSize - 1]) Open();
        }

        return used;
    }

    private void Open()
    {
        var bytes = _offer.AsSpan(0, _held);
        _held = 0;
        Now = FileOffer.TryRead(bytes, out var offer) ? State.Offered
            : FileOffer.IsWellFormed(bytes) ? State.Misnamed
            : State.Broken;
        (Current, Left) = (offer, offer?.Size ?? 0);
    }

    private void Require(State state)
    {
        if (Now != state) throw new InvalidOperationException($"The receiver is {Now}, not {state}.");
    }

    private void Finish()
    {
        _hash.Reset();
        Now = State.Idle;
    }
}
