using System.Buffers;
using Hawser.Service;
using Microsoft.Extensions.Logging;

namespace Hawser.Net.Services;

/// <summary>Serves one stream of the file service: offers in, files into the inbox, receipts out. Spec: file.md.</summary>
internal sealed class FileIntake : IDisposable
{
    private const int Piece = 64 * 1024;

    private readonly PeerStream _stream;
    private readonly Caller _caller;
    private readonly FileInbox _inbox;
    private readonly IArrivals _arrivals;
    private readonly ILogger _log;
    private readonly FileReceiver _receiver = new();
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(Piece);
    private readonly byte[] _reply = new byte[FileReply.Size];
    private FileStream? _partial;

    /// <summary>For one stream, just opened.</summary>
    public FileIntake(PeerStream stream, in Caller caller, FileInbox inbox, IArrivals arrivals, ILogger log) =>
        (_stream, _caller, _inbox, _arrivals, _log) = (stream, caller, inbox, arrivals, log);

    /// <summary>Returns when the sender has ended its direction; throws what ends the stream.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (await _stream.ReadAsync(_buffer, cancel) is var count and > 0)
        {
            for (var used = 0; used < count;)
            {
                used += _receiver.Receive(_buffer.AsSpan(used, count - used), out var contents);
                if (!contents.IsEmpty && !TryWrite(contents))
                {
                    await GiveUpAsync(cancel);
                    return;
                }

                switch (_receiver.Now)
                {
                    case FileReceiver.State.Offered:
                        if (used < count) throw Nonsense(); // no contents before our answer
                        await AnswerAsync(cancel);
                        break;
                    case FileReceiver.State.Misnamed:
                        await ReplyAsync(_receiver.Decline(FileVerdict.BadName, _reply), cancel);
                        break;
                    case FileReceiver.State.Complete:
                        await CompleteAsync(cancel);
                        break;
                    case FileReceiver.State.Broken:
                        throw Nonsense();
                }
            }
        }

        if (!_receiver.IsBetweenFiles) throw new IOException("The sender stopped midway.");
        await _stream.CompleteWritesAsync(cancel);
    }

    public void Dispose()
    {
        if (_partial is not null && _receiver.Current is { } offer) _arrivals.Came(offer, _caller.Key, 0);
        _partial?.Dispose(); // what is there is resumed from
        _receiver.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private async Task AnswerAsync(CancellationToken cancel)
    {
        var offer = _receiver.Current!;
        if (await TryHoldAsync(offer, cancel)) return;
        try
        {
            _partial = _inbox.OpenPartial(offer, _caller.Key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.FileNotStored(e);
            await ReplyAsync(_receiver.Decline(FileVerdict.Failed, _reply), cancel);
            return;
        }

        if (_partial is null || !_inbox.HasRoom(offer.Size - _partial.Length))
        {
            var verdict = _partial is null ? FileVerdict.Declined : FileVerdict.NoRoom;
            if (_partial is { Length: 0 }) FileInbox.Discard(_partial);
            Release();
            await ReplyAsync(_receiver.Decline(verdict, _reply), cancel);
            return;
        }

        while (await _partial.ReadAsync(_buffer, cancel) is var count and > 0)
            _receiver.Resume(_buffer.AsSpan(0, count));
        await ReplyAsync(_receiver.Accept(_reply), cancel);
        if (_receiver.Now is FileReceiver.State.Complete) await CompleteAsync(cancel);
    }

    // Nothing is to be sent, and nothing to be stored: the file is here.
    private async Task<bool> TryHoldAsync(FileOffer offer, CancellationToken cancel)
    {
        if (!await _inbox.HoldsAsync(offer, _buffer, cancel)) return false;
        await ReplyAsync(_receiver.AcceptHeld(_reply), cancel);
        await ReplyAsync(_receiver.StoredBefore(_reply), cancel);
        return true;
    }

    private async Task CompleteAsync(CancellationToken cancel)
    {
        if (!_receiver.Matches())
        {
            FileInbox.Discard(_partial!);
            _partial = null;
            await ReplyAsync(_receiver.NotStored(FileVerdict.Mismatch, _reply), cancel);
            return;
        }

        int length;
        try
        {
            var offer = _receiver.Current!;
            var arrival = _arrivals.Begin(offer, _caller.Key, _partial!.Name);
            var name = _inbox.Store(_partial, offer.Name);
            _arrivals.Came(offer, _caller.Key, 0);
            _arrivals.Named(arrival, new(name, offer.Size, offer.Hash.ToString(), _caller.Key.ToString()));
            length = _receiver.Stored(_reply); // only now, when it is durable
            _log.FileStored(offer.Size);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HawserException)
        {
            _log.FileNotStored(e);
            length = _receiver.NotStored(FileVerdict.Failed, _reply);
        }

        Release();
        await ReplyAsync(length, cancel);
    }

    private bool TryWrite(ReadOnlySpan<byte> contents)
    {
        try
        {
            _partial!.Write(contents);
            _arrivals.Came(_receiver.Current!, _caller.Key, _partial.Position);
            return true;
        }
        catch (IOException e)
        {
            _log.FileNotStored(e);
            return false;
        }
    }

    // The sender may be in the middle of a write: it hears the verdict, and ends the stream.
    private async Task GiveUpAsync(CancellationToken cancel)
    {
        await ReplyAsync(_receiver.NotStored(FileVerdict.Failed, _reply), cancel);
        while (await _stream.ReadAsync(_buffer, cancel) > 0) { }
    }

    private ValueTask ReplyAsync(int length, CancellationToken cancel) =>
        _stream.WriteAsync(_reply.AsMemory(0, length), cancel);

    private void Release()
    {
        _partial?.Dispose();
        _partial = null;
    }

    private static IOException Nonsense() => new("The sender's message makes no sense.");
}
