using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using Hawser.Crypto;
using Hawser.Net.Relations;
using Hawser.Session;

namespace Hawser.Tests.Net;

/// <summary>Two ends of a channel within the process.</summary>
internal sealed class PipePair
{
    private readonly Pipe _there = new(), _back = new();

    public PipePair(DhPublicKey one, DhPublicKey two)
    {
        AtOne = new End(two, _back.Reader, _there.Writer);
        AtTwo = new End(one, _there.Reader, _back.Writer);
    }

    public ISiteChannel AtOne { get; }

    public ISiteChannel AtTwo { get; }

    public void Break()
    {
        AtOne.Close();
        AtTwo.Close();
    }

    private sealed class End(DhPublicKey site, PipeReader input, PipeWriter output) : ISiteChannel
    {
        public DhPublicKey Site => site;

        public async ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancel)
        {
            if ((await output.WriteAsync(frames, cancel)).IsCompleted) throw new IOException("The channel has ended.");
        }

        public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
        {
            var read = await input.ReadAsync(cancel);
            var bytes = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, buffer.Length));
            bytes.CopyTo(buffer.Span);
            input.AdvanceTo(bytes.End);
            return read.IsCanceled ? 0 : (int)bytes.Length;
        }

        public void Close()
        {
            input.CancelPendingRead();
            output.Complete();
        }
    }
}

/// <summary>A channel whose other end is the test: it says what it likes, and sees all that it hears.</summary>
internal sealed class RawChannel(DhPublicKey site) : ISiteChannel
{
    private readonly Pipe _said = new();
    private readonly ControlReader _reader = new();

    public DhPublicKey Site => site;

    public ConcurrentQueue<byte[]> Heard { get; } = new();

    public bool IsClosed { get; private set; }

    public void Say(byte[] message)
    {
        var frame = new byte[ControlFrames.HeaderSize + message.Length];
        ControlFrames.Write(message, frame);
        _said.Writer.WriteAsync(frame).AsTask().Wait();
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancel)
    {
        _reader.Append(frames.Span);
        while (_reader.TryTake(out var message)) Heard.Enqueue(message.ToArray());
        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        var read = await _said.Reader.ReadAsync(cancel);
        var bytes = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, buffer.Length));
        bytes.CopyTo(buffer.Span);
        _said.Reader.AdvanceTo(bytes.End);
        return read.IsCanceled ? 0 : (int)bytes.Length;
    }

    public void Close()
    {
        IsClosed = true;
        _said.Reader.CancelPendingRead();
    }
}
