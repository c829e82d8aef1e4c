using System.Buffers;
using Hawser.Crypto;
using Hawser.Service;

namespace Hawser.Net.Services;

/// <summary>Sends files on an open stream of the file service. Spec: file.md.</summary>
internal static class FileOutbox
{
    private const int Piece = 64 * 1024;

    /// <summary>
    /// Sends each, in order. A file that is declined does not hold up the next; a broken stream does. Reads the peer's
    /// side to its end, so that the stream may be disposed.
    /// </summary>
    public static async Task<IReadOnlyList<FileResult>> SendAsync(
        PeerStream stream, IReadOnlyList<string> paths, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        var sender = new FileSender();
        var results = new List<FileResult>(paths.Count);
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            foreach (var path in paths) results.Add(await SendAsync(stream, sender, path, buffer, progress, cancel));
            await stream.CompleteWritesAsync(cancel);
            if (await stream.ReadAsync(buffer, cancel) != 0)
                throw new IOException("The peer talks past the end.");
            return results;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<FileResult> SendAsync(
        PeerStream stream, FileSender sender, string path, byte[] buffer, IProgress<FileProgress>? progress,
        CancellationToken cancel)
    {
        if (Directory.Exists(path)) throw new ArgumentException($"{path} is a directory; only files can be sent.");
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        var offer = await DescribeAsync(file, path, buffer, progress, cancel);

        var reply = await OfferAsync(stream, sender, offer, file, buffer, path, progress, cancel);
        // What the peer held of it was spoilt, by a crash of its machine say: it has thrown that away, so once more.
        if (reply is { Reply.Verdict: FileVerdict.Mismatch, Offset: > 0 })
            reply = await OfferAsync(stream, sender, offer, file, buffer, path, progress, cancel);
        return new(path, offer.Name, offer.Size, offer.Hash.ToString(), Describe(reply.Reply.Verdict));
    }

    // One pass ahead, so that the offer can name the contents: what resumes is then surely the same file.
    private static async Task<FileOffer> DescribeAsync(
        FileStream file, string path, byte[] buffer, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        using var hash = new Sha256Stream();
        var size = file.Length;
        for (long done = 0; await file.ReadAsync(buffer, cancel) is var count and > 0;)
        {
            hash.Append(buffer.AsSpan(0, count));
            progress?.Report(new(path, FilePhase.Hashing, done += count, size));
        }

        return new(FileName.FromPath(path), file.Position, hash.Current());
    }

    private static async Task<(FileReply Reply, long Offset)> OfferAsync(
        PeerStream stream, FileSender sender, FileOffer offer, FileStream file, byte[] buffer, string path,
        IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        var length = sender.Offer(offer, buffer);
        await stream.WriteAsync(buffer.AsMemory(0, length), cancel);
        var answer = Follow(sender, await ReadReplyAsync(stream, cancel));
        if (sender.Now is FileSender.State.Idle) return (answer, 0);

        var offset = offer.Size - sender.Left;
        file.Position = offset;
        progress?.Report(new(path, FilePhase.Sending, offset, offer.Size));
        var receipt = ReadReplyAsync(stream, cancel); // meanwhile, since a receiver may give up
        while (sender.Now is FileSender.State.Sending && !receipt.IsCompleted)
        {
            var count = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(Piece, sender.Left)), cancel);
            if (count == 0) throw new IOException($"{path} became shorter while it was sent.");
            await stream.WriteAsync(buffer.AsMemory(0, count), cancel);
            sender.Wrote(count);
            progress?.Report(new(path, FilePhase.Sending, offer.Size - sender.Left, offer.Size));
        }

        return (Follow(sender, await receipt), offset);
    }

    private static async Task<byte[]> ReadReplyAsync(PeerStream stream, CancellationToken cancel)
    {
        var bytes = new byte[FileReply.Size];
        return await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel) == bytes.Length
            ? bytes
            : throw new IOException("The peer ended the transfer.");
    }

    private static FileReply Follow(FileSender sender, byte[] bytes)
    {
        sender.Receive(bytes, out var reply);
        if (sender.Now is not FileSender.State.Broken) return reply!.Value;
        throw reply is { } last
            ? new HawserException(Reason.Refused, $"the peer gave up midway: {Describe(last.Verdict)}")
            : new IOException("The peer's answer makes no sense.");
    }

    private static FileOutcome Describe(FileVerdict verdict) => verdict switch
    {
        FileVerdict.Yes => FileOutcome.Stored,
        FileVerdict.Declined => FileOutcome.Declined,
        FileVerdict.NoRoom => FileOutcome.NoRoom,
        FileVerdict.BadName => FileOutcome.BadName,
        FileVerdict.Mismatch => FileOutcome.Mismatch,
        FileVerdict.Failed => FileOutcome.Failed,
    };
}
