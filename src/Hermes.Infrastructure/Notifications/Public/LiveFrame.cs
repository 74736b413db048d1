using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hermes.Application.Shared;
using Hermes.Domain.Shared;

namespace Hermes.Infrastructure.Notifications.Public;

/// <summary>
/// An event with its audience, as every node reads it once. Its bytes for sockets and for streams are made at the first
/// use and shared by all who receive it.
/// </summary>
/// <param name="Position">Its place in the order of all events.</param>
/// <param name="Type">For instance <c>contract.announced</c>.</param>
/// <param name="SubjectType">What it is about.</param>
/// <param name="SubjectId">Its id.</param>
/// <param name="Source">The tenant that caused it.</param>
/// <param name="Data">The payload's JSON.</param>
/// <param name="Tenants">Tenants whose people hear it.</param>
/// <param name="Agents">Agents that hear it.</param>
/// <param name="Eligible">Whom it is announced to; null when it is no announcement.</param>
/// <param name="Everyone">True when every page hears it.</param>
/// <param name="At">When it was written.</param>
public sealed record LiveFrame(
    long Position, string Type, string SubjectType, Guid SubjectId, TenantId Source, string Data,
    Guid[] Tenants, Guid[] Agents, EligibilityTerms? Eligible, bool Everyone, DateTimeOffset At)
{
    private byte[]? _socket;
    private byte[]? _stream;

    /// <summary>The message of an agent's socket. Two threads may make it at the same time; either's is good.</summary>
    public ReadOnlyMemory<byte> SocketBytes => _socket ??= MakeSocketBytes();

    /// <summary>The block of a server-sent event stream.</summary>
    public ReadOnlyMemory<byte> StreamBytes => _stream ??= Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"id: {Position}\nevent: {Type}\ndata: {Data.ReplaceLineEndings(" ")}\n\n"));

    private byte[] MakeSocketBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(Data.Length + 160);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteNumber("id", Position);
        writer.WriteString("type", Type);
        writer.WriteString("at", At.UtcDateTime);
        writer.WritePropertyName("data");
        writer.WriteRawValue(Data, skipInputValidation: true);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
