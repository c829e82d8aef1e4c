using System.Diagnostics;
using System.Net;
using Hawser.Net.Sockets;

namespace Hawser.Bench.Transport;

/// <summary>The same as the echo of a connection, on bare sockets.</summary>
internal static class BareEcho
{
    private const int Count = 20_000;

    public static void Serve()
    {
        using var socket = new UdpSocket(HostPort.Read(new byte[4], 0));
        Console.WriteLine(socket.Local.Port);
        new Thread(() => { Console.In.ReadToEnd(); Environment.Exit(0); }) { IsBackground = true }.Start();
        var buffer = new byte[IDatagramSocket.MaxBatch];
        while (socket.Receive(buffer, out var from, out var segment) is var length and >= 0) socket.Send(buffer.AsSpan(0, length), segment, from);
    }

    public static string Drive(IPEndPoint remote, int size)
    {
        using var socket = new UdpSocket(HostPort.Read(new byte[4], 0));
        var (to, ball, buffer, micros) = (HostPort.From(remote), new byte[size], new byte[IDatagramSocket.MaxBatch], new double[Count]);
        for (var i = -2_000; i < Count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            socket.Send(ball, size, to);
            socket.Receive(buffer, out _, out _);
            if (i >= 0) micros[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return Percentiles.Line(micros);
    }
}
