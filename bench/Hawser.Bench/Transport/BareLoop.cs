using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Hawser.Crypto;
using Hawser.Net.Sockets;
using Hawser.Wire;

namespace Hawser.Bench.Transport;

/// <summary>
/// The machine's limit: seal into a batch, one segmented send, one joined receive, open; a window, and one answer a batch.
/// No sequences to judge, no application, no lock.
/// </summary>
internal static class BareLoop
{
    private const int Header = 13;
    private const int Segments = 54;
    private const long Window = 2_048;
    private static readonly Bytes32 Key = Bytes32.Read(new byte[32]);

    public static void Serve()
    {
        using var socket = new UdpSocket(HostPort.Read(new byte[4], 0));
        Console.WriteLine(socket.Local.Port);
        new Thread(() => { Console.In.ReadToEnd(); Environment.Exit(0); }) { IsBackground = true }.Start();
        using var open = PacketCipher.Create(Aead.Aes256Gcm, Key, seal: false);
        var buffer = GC.AllocateUninitializedArray<byte>(IDatagramSocket.MaxBatch, pinned: true);
        var answer = new byte[8];
        var nonce = new byte[12];
        var count = 0L;
        while (socket.Receive(buffer, out var from, out var segment) is var length and >= 0)
        {
            foreach (var range in new Hawser.Segments(length, segment))
            {
                var packet = buffer.AsSpan(range);
                BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), BinaryPrimitives.ReadUInt32BigEndian(packet[9..]));
                if (!open.TryOpen(nonce, packet[..Header], packet[Header..^16], packet[^16..])) throw new BenchException("it did not open");
                count++;
            }

            BinaryPrimitives.WriteInt64BigEndian(answer, count);
            socket.Send(answer, answer.Length, from);
        }
    }

    public static string Drive(IPEndPoint remote, double seconds, int size)
    {
        using var socket = new UdpSocket(HostPort.Read(new byte[4], 0));
        using var seal = PacketCipher.Create(Aead.Aes256Gcm, Key, seal: true);
        var to = HostPort.From(remote);
        var answered = 0L;
        var room = new ManualResetEventSlim(true, 50);
        new Thread(() =>
        {
            var answer = new byte[IDatagramSocket.MaxBatch];
            while (socket.Receive(answer, out _, out _) is var length and >= 8)
            {
                Volatile.Write(ref answered, BinaryPrimitives.ReadInt64BigEndian(answer.AsSpan(length - 8)));
                room.Set();
            }
        }) { IsBackground = true }.Start();

        var packetSize = Header + size + 16;
        var batch = GC.AllocateUninitializedArray<byte>(Segments * packetSize, pinned: true);
        var (sent, nonce) = (0L, new byte[12]);
        var (start, from) = (Stopwatch.GetTimestamp(), 0L);
        var isWarm = false;
        while (true)
        {
            var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!isWarm && elapsed > 0.5) (isWarm, start, from) = (true, Stopwatch.GetTimestamp(), Volatile.Read(ref answered));
            else if (isWarm && elapsed > seconds) break;
            if (sent - Volatile.Read(ref answered) > Window)
            {
                room.Reset();
                if (sent - Volatile.Read(ref answered) > Window && !room.Wait(20)) Interlocked.Exchange(ref answered, sent); // lost on the way
                continue;
            }

            for (var i = 0; i < Segments; i++)
            {
                var packet = batch.AsSpan(i * packetSize, packetSize);
                BinaryPrimitives.WriteUInt32BigEndian(packet[9..], (uint)++sent);
                BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), sent);
                seal.Seal(nonce, packet[..Header], packet[Header..^16], packet[^16..]);
            }

            socket.Send(batch, packetSize, to);
        }

        var got = Volatile.Read(ref answered) - from;
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return Pair.Line(("gbits", got * size * 8.0 / took / 1e9), ("rate", got / took));
    }
}
