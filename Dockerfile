FROM python:3.12-slim
WORKDIR /app
RUN useradd --create-home connectome && mkdir /workspace && chown connectome /workspace
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY schemas schemas
COPY ingest ingest
COPY graphdb graphdb
COPY gnn gnn
COPY dashboard dashboard
COPY jobs jobs
# torch is the largest part; a site that serves only Cypher and the dashboard may leave gnn and torch out.
RUN pip install --no-cache-dir -c constraints.txt .
USER connectome
ENV CONNECTOME_WORKSPACE=/workspace
EXPOSE 8050
CMD ["connectome", "serve", "--host", "0.0.0.0"]
